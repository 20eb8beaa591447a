import type { UpstreamEngine, UpstreamEngineInit } from './init.ts'
import { OpenaiUpstreamEngine } from './upstream-engine.ts'

export * from './init.ts'

/**
 * An engine over a server that speaks OpenAI's API: vLLM, SGLang, llama-server, ollama, or any other. It starts without
 * asking the server; `refresh` does. Throws `InvalidRequestError` for a URL that cannot be used.
 */
export function upstreamEngine(init: UpstreamEngineInit): UpstreamEngine {
  return new OpenaiUpstreamEngine(init)
}
