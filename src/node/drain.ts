import {
  type EngineEvent,
  EngineStoppedError,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine
} from '../interface/index.ts'

/** An engine that can be let to finish what it has begun. */
export interface DrainedEngine {
  engine: InferenceEngine
  /** Refuses new requests, and returns when the running ones have ended or the time is over. */
  drain(timeoutMs: number): Promise<void>
}

/** Counts the requests that an engine works on, for an end that cuts none of them. */
export function drained(inner: InferenceEngine): DrainedEngine {
  let running = 0
  let leaving = false
  let idle: () => void = () => undefined

  async function* generate(request: GenerateRequest, options?: GenerateOptions): AsyncGenerator<EngineEvent> {
    if (leaving) throw new EngineStoppedError('the daemon is stopping')
    running++
    try {
      yield* inner.generate(request, options)
    } finally {
      if (--running === 0) idle()
    }
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
    drain(timeoutMs) {
      leaving = true
      if (running === 0) return Promise.resolve()
      return new Promise(resolve => {
        const timer = setTimeout(resolve, timeoutMs)
        idle = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}
