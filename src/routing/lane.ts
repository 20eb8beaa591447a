import type { EngineEvent } from '../interface/index.ts'
import type { Choice } from './choose.ts'

/** One provider at work on a request: its events, and the way to stop it alone. */
export class Lane {
  readonly choice: Choice
  readonly startedAtMs = performance.now()
  readonly #iterator: AsyncIterator<EngineEvent>
  readonly #stop = new AbortController()
  #pending: Promise<IteratorResult<EngineEvent>> | undefined
  #isOver = false

  /** `signal`: the asker has left. */
  constructor(
    choice: Choice,
    signal: AbortSignal | undefined,
    open: (signal: AbortSignal) => AsyncIterable<EngineEvent>
  ) {
    this.choice = choice
    const both = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal])
    this.#iterator = open(both)[Symbol.asyncIterator]()
  }

  /** The next event; the same promise until it was taken. */
  peek(): Promise<IteratorResult<EngineEvent>> {
    if (this.#pending === undefined) {
      this.#pending = this.#iterator.next()
      // Whoever waits for it sees the failure; a lane that is left meanwhile has nobody.
      this.#pending.catch(() => undefined)
    }
    return this.#pending
  }

  /** The next event was taken. */
  take(): void {
    this.#pending = undefined
  }

  /** The answer is whole: lets the provider's stream end in good order. */
  finish(): void {
    this.#isOver = true
    this.#iterator.return?.().catch(() => undefined)
  }

  /** Ends the work of this provider. Does nothing when it is over. */
  async close(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#stop.abort()
    await this.#iterator.return?.()
  }
}
