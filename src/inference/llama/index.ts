/**
 * A GGUF in a process of its own, run by node-llama-cpp. If the process dies the daemon lives: the requests fail with
 * `engine_crashed` and the process is started again.
 *
 * @example
 * ```ts
 * const engine = await llamaEngine({ modelFile: 'models/p2pai-tiny.gguf' })
 * for await (const event of engine.generate({ model: 'auto', messages: [textMessage('user', 'Hello')] })) { … }
 * await engine.close()
 * ```
 *
 * @packageDocumentation
 */
import type { LlamaEngine, LlamaEngineInit } from './init.ts'
import { LlamaChildEngine } from './llama-engine.ts'
import { LlamaTextEngine } from './llama-text-engine.ts'
import { checkModelFile } from './model-file.ts'
import { ModelStore } from './model-store.ts'

export * from './init.ts'

/** How long a quarantine lasts: a day later the machine, its drivers or p2pai itself may be another one. */
const QUARANTINE_MS = 24 * 3_600_000

/**
 * Makes the engine of a model file. The file is hashed and, when it was never seen, tried out in a throw-away
 * process; the model itself is loaded by the first request or by `load()`. Throws `BadModelError`.
 */
export async function llamaEngine(init: LlamaEngineInit): Promise<LlamaEngine> {
  const store = new ModelStore(init.stateDirectory)
  const file = await checkModelFile(init.modelFile, store, init.log)
  const since = (await store.read()).quarantine[file.digest]
  const quarantined = since !== undefined && Date.now() - since < QUARANTINE_MS
  const Engine = file.embeddings || file.rerank ? LlamaTextEngine : LlamaChildEngine
  return new Engine(init, file, store, quarantined)
}
