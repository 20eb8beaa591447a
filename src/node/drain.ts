import {
  type EngineEvent,
  EngineStoppedError,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine
} from '../interface/index.ts'

/** How long what was told to end may take to say so to whoever waits for it. */
const ENDING_MS = 1_000

/** An engine that can be let to finish what it has begun. */
export interface DrainedEngine {
  engine: InferenceEngine
  /**
   * Refuses new requests, and returns when the running ones have ended. What still runs when the time is over is
   * ended with `EngineStoppedError`.
   */
  drain(timeoutMs: number): Promise<void>
}

/** Counts the requests that an engine works on, so that none is cut without a word. */
export function drained(inner: InferenceEngine): DrainedEngine {
  const stop = new AbortController()
  const stopped = () => new EngineStoppedError('the node is stopping')
  let running = 0
  let leaving = false
  let idle: () => void = () => undefined

  async function* generate(request: GenerateRequest, options: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
    if (leaving) throw stopped()
    running++
    try {
      const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])])
      yield* inner.generate(request, { ...options, signal })
    } finally {
      if (--running === 0) idle()
    }
  }

  async function untilIdle(timeoutMs: number): Promise<void> {
    if (running === 0) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, timeoutMs)
      idle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  return {
    engine: {
      kind: inner.kind,
      models: () => inner.models(),
      status: () => inner.status(),
      generate,
      onChange: listener => inner.onChange?.(listener) ?? (() => undefined),
      close: () => inner.close()
    },
    async drain(timeoutMs) {
      leaving = true
      await untilIdle(timeoutMs)
      stop.abort(stopped())
      await untilIdle(ENDING_MS)
    }
  }
}
