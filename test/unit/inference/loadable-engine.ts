import type { LoadableEngine } from '../../../src/inference/index.ts'
import { InsufficientMemoryError, type ModelState, type P2paiError } from '../../../src/interface/index.ts'
import { type ScriptedEngineOptions, scriptedEngine } from '../../../src/testing/index.ts'

/** Memory that engines of a test share, in bytes. */
export interface PretendMemory {
  freeBytes: number
}

/** An engine of a test whose loads and memory are pretended. */
export interface PretendEngine extends LoadableEngine {
  readonly loads: number
  readonly shares: number[]
  /** Set, loads wait for it. */
  gate: Promise<void> | undefined
  fileProblem: P2paiError | undefined
  percent: number
  /** Signs of life of its process; undefined: it has said nothing yet. */
  signs: number | undefined
}

/** A scripted engine that takes `bytes` of the memory while it is loaded. */
export function pretendEngine(
  memory: PretendMemory,
  bytes: number,
  options: ScriptedEngineOptions = {}
): PretendEngine {
  const inner = scriptedEngine(options)
  const listeners = new Set<() => void>()
  let state: ModelState = 'cold'
  let failure: P2paiError | undefined
  const change = (next: ModelState): void => {
    state = next
    for (const listener of listeners) listener()
  }
  const engine: PretendEngine & { loads: number } = {
    ...inner,
    kind: 'pretend',
    loads: 0,
    shares: [],
    gate: undefined,
    fileProblem: undefined,
    percent: 0,
    signs: undefined,
    get info() {
      return { ...inner.info, state }
    },
    get failure() {
      return failure
    },
    get loadPercent() {
      return engine.percent
    },
    get signsOfLife() {
      return engine.signs
    },
    get processId() {
      return state === 'warm' || state === 'loading' ? 1 : undefined
    },
    models: async () => [{ ...inner.info, state }],
    status: () => inner.status().map(status => ({ ...status, state, rssBytes: state === 'warm' ? bytes : 0 })),
    generate: (request, generateOptions) => inner.generate(request, generateOptions),
    embed: (request, embedOptions) => inner.embed!(request, embedOptions),
    rerank: (request, embedOptions) => inner.rerank!(request, embedOptions),
    async load() {
      engine.loads++
      failure = undefined
      change('loading')
      await engine.gate
      if (memory.freeBytes < bytes) {
        failure = new InsufficientMemoryError(`it needs ${bytes}, but only ${memory.freeBytes} are free`)
        change('failed')
        throw failure
      }
      memory.freeBytes -= bytes
      change('warm')
    },
    async unload() {
      if (state === 'loading' || (inner.status()[0]?.slots.busy ?? 0) > 0) return false
      if (state === 'warm') memory.freeBytes += bytes
      failure = undefined
      change('cold')
      return true
    },
    contextRoom: async freedBytes => (memory.freeBytes + freedBytes >= bytes ? 8192 : 0),
    async checkFile() {
      if (engine.fileProblem !== undefined) throw engine.fileProblem
    },
    shareThreads: engines => void engine.shares.push(engines),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => inner.close()
  }
  return engine
}
