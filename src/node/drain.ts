import {
  type EmbedOptions,
  type EngineEvent,
  EngineStoppedError,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type Quote,
  type QuoteRequest
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

/**
 * Counts the requests that an engine works on, so that none is cut without a word. `beginWork` hears when one begins,
 * and what it returns when it ends.
 */
export function drained(inner: InferenceEngine, beginWork: () => () => void = () => () => undefined): DrainedEngine {
  const stop = new AbortController()
  const stopped = () => new EngineStoppedError('the node is stopping')
  let running = 0
  let leaving = false
  let idle: () => void = () => undefined

  /** Counts one request in. Returns its options, and what to call when it is over. */
  function begin<Options extends GenerateOptions>(options: Options): { options: Options; over: () => void } {
    if (leaving) throw stopped()
    running++
    // What a caller made with `AbortSignal.any` goes no further: Node would keep it for ever, see `timeLimit`.
    const asker = options.signal
    const left = new AbortController()
    const leave = () => left.abort(asker?.reason)
    asker?.addEventListener('abort', leave)
    if (asker?.aborted) leave()
    const signal = AbortSignal.any([stop.signal, left.signal])
    const endWork = beginWork()
    const over = () => {
      asker?.removeEventListener('abort', leave)
      endWork()
      if (--running === 0) idle()
    }
    return { options: { ...options, signal }, over }
  }

  async function* generate(request: GenerateRequest, given: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
    const { options, over } = begin(given)
    try {
      yield* inner.generate(request, options)
    } finally {
      over()
    }
  }

  /** For work with one result; absent where the engine has none of it. */
  function whole<Request, Result>(
    work: ((request: Request, options?: EmbedOptions) => Promise<Result>) | undefined
  ): ((request: Request, options?: EmbedOptions) => Promise<Result>) | undefined {
    return (
      work &&
      (async (request, given = {}) => {
        const { options, over } = begin(given)
        try {
          return await work.call(inner, request, options)
        } finally {
          over()
        }
      })
    )
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

  const embed = whole(inner.embed)
  const rerank = whole(inner.rerank)
  const score = whole(inner.score)
  const { quote } = inner
  /** Who leaves promises nothing. A quote is no work. */
  async function quoteUntilLeaving(question: QuoteRequest, options?: GenerateOptions): Promise<Quote> {
    if (leaving) throw stopped()
    return await quote!.call(inner, question, options)
  }
  return {
    engine: {
      kind: inner.kind,
      models: () => inner.models(),
      status: () => inner.status(),
      generate,
      ...(embed && { embed }),
      ...(rerank && { rerank }),
      ...(score && { score }),
      ...(quote && { quote: quoteUntilLeaving }),
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
