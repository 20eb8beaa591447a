import { createHash } from 'node:crypto'
import type {
  EngineEvent,
  GenerateOptions,
  GenerateRequest,
  InferenceEngine,
  ModelInfo
} from '../../../src/interface/index.ts'

type Generate = (request: GenerateRequest, options?: GenerateOptions) => AsyncIterable<EngineEvent>

/** An engine whose answers are whatever the test makes of them. */
export function brokenEngine(generate: Generate, name = 'broken:test'): InferenceEngine {
  const model: ModelInfo = {
    name,
    digest: createHash('sha256').update(name).digest('hex'),
    state: 'warm',
    contextSizeTokens: 4096,
    sizeBytes: 0,
    parameterCount: 1,
    quantization: '',
    features: { chat: true, schema: false, logprobs: 0, tools: false, resume: false },
    builtIn: false,
    prefillTokensPerSecond: 0,
    decodeTokensPerSecond: 0,
    loadMs: 0
  }
  return { kind: 'broken', models: async () => [model], status: () => [], generate, close: async () => undefined }
}

/** These events, and then what `then` does. */
export async function* eventsThen(
  events: readonly EngineEvent[],
  then: () => unknown = () => undefined
): AsyncGenerator<EngineEvent> {
  yield* events
  await then()
}
