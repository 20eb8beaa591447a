import {
  type AcceptedEvent,
  MAX_DEADLINE_MS,
  type ProgressEvent,
  throwIfAborted,
  timeLimit,
  toP2paiError
} from '../../interface/index.ts'

/** A sign of life is promised once a second; a timer that fires late must not break that. */
const PROGRESS_MS = 500

/** What a request that waits for a model needs of it. */
export interface Starter {
  /** Says that the request is taken. */
  accepted(): AcceptedEvent
  /** How far the load is. */
  percent(): number
  /** How often the process that loads it said that it lives; undefined while there is none yet, and the model waits. */
  signs(): number | undefined
  /** Takes the model into memory; undefined when it is there. Throws what loading failed with. */
  start(): Promise<void> | undefined
}

/**
 * The time of one request before its model is in memory, with a sign of life at least once a second. None comes while
 * the process that loads is silent: a load that hangs must look like one.
 */
export class LoadWait {
  readonly #starter: Starter
  readonly #startedAtMs = performance.now()
  readonly #deadline: AbortSignal | undefined
  #signs: number | undefined
  /** Whether `accepted` was given, which comes once a provider. */
  told = false

  constructor(starter: Starter, deadlineMs: number | undefined) {
    this.#starter = starter
    // What is no time is for the engine to refuse.
    const isTime = deadlineMs !== undefined && deadlineMs >= 0
    this.#deadline = isTime ? timeLimit(Math.ceil(Math.min(deadlineMs, MAX_DEADLINE_MS))) : undefined
  }

  /** The request with the time that is left for it. */
  remaining<R extends { deadlineMs?: number }>(request: R): R {
    const { deadlineMs } = request
    if (this.#deadline === undefined || deadlineMs === undefined) return request
    return { ...request, deadlineMs: Math.max(1, Math.ceil(deadlineMs - (performance.now() - this.#startedAtMs))) }
  }

  /** What the asker is told meanwhile; nothing when it need not wait. Throws what loading failed with. */
  async *events(asker: AbortSignal | undefined): AsyncGenerator<AcceptedEvent | ProgressEvent> {
    const signals = [asker, this.#deadline].filter(signal => signal !== undefined)
    const signal = AbortSignal.any(signals)
    throwIfAborted(signal)
    const starting = this.#starter.start()
    if (starting === undefined) return
    let waits = true
    const started = starting.finally(() => {
      waits = false
    })
    started.catch(() => undefined)
    while (waits) {
      await firstOf(started, signal)
      // Throws what loading failed with; a promise that is settled goes first.
      if (!waits) return await started
      if (!this.told) {
        this.told = true
        yield this.#starter.accepted()
      }
      if (this.#hasMoved()) yield { type: 'progress', phase: 'loading', done: this.#starter.percent(), total: 100 }
    }
    await started
  }

  #hasMoved(): boolean {
    const signs = this.#starter.signs()
    const hasMoved = signs === undefined || signs !== this.#signs
    this.#signs = signs
    return hasMoved
  }
}

/** Returns when the work is over or it is time for a sign of life. Throws when the asker has left. */
async function firstOf(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const leave = (): void => reject(toP2paiError(signal.reason))
  const timer = setTimeout(resolve, PROGRESS_MS)
  signal.addEventListener('abort', leave, { once: true })
  try {
    await Promise.race([work.catch(() => undefined), promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', leave)
  }
}
