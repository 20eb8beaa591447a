import { AbortedError, type EngineEvent, MAX_DEADLINE_MS, ProviderSilentError } from '../interface/index.ts'
import type { Choice } from './choose.ts'

/** Signs of life for this long without a first token are none: no request may be given more time by its asker. */
const FIRST_TOKEN_MS = MAX_DEADLINE_MS
/** The same between two tokens, far above what the slowest phone takes for one. */
const BETWEEN_TOKENS_MS = 60_000

/** Why a provider's stream ends before its answer; made once, for all of them. */
const IS_LEFT = new AbortedError('the provider was left')

/** What one provider is asked. */
export interface LaneInit {
  choice: Choice
  /** The asker has left. */
  signal: AbortSignal | undefined
  open: (signal: AbortSignal) => AsyncIterable<EngineEvent>
  /** Throws for an event that this provider may not give. */
  check: (event: EngineEvent) => void
}

/** One provider at work on a request: its events, and the way to stop it alone. */
export class Lane {
  readonly choice: Choice
  readonly #startedAtMs = performance.now()
  readonly #iterator: AsyncIterator<EngineEvent>
  readonly #check: LaneInit['check']
  readonly #stop = new AbortController()
  #pending: Promise<IteratorResult<EngineEvent>> | undefined
  #heldMs = 0
  #tokenAtMs: number | undefined
  #isOver = false

  constructor({ choice, signal, open, check }: LaneInit) {
    this.choice = choice
    this.#check = check
    const both = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal])
    this.#iterator = open(both)[Symbol.asyncIterator]()
  }

  /** How long the provider has been at work; the time in which the reader held an event is not its own. */
  get elapsedMs(): number {
    return performance.now() - this.#startedAtMs - this.#heldMs
  }

  /** The reader took this long with an event. */
  held(durationMs: number): void {
    this.#heldMs += durationMs
  }

  /** The next event; the same promise until it was taken. */
  peek(): Promise<IteratorResult<EngineEvent>> {
    if (this.#pending === undefined) {
      this.#pending = this.#next()
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
    this.#stop.abort(IS_LEFT)
    await this.#iterator.return?.()
  }

  async #next(): Promise<IteratorResult<EngineEvent>> {
    const result = await this.#iterator.next()
    if (result.done === true) return result
    this.#check(result.value)
    this.#checkTokens(result.value)
    return result
  }

  /** Whoever shows life and gives nothing must not be waited for without end. */
  #checkTokens({ type }: EngineEvent): void {
    const { elapsedMs } = this
    if (type === 'delta') this.#tokenAtMs = elapsedMs
    if (this.choice.isLocal || type === 'end') return
    const limitMs = this.#tokenAtMs === undefined ? FIRST_TOKEN_MS : BETWEEN_TOKENS_MS
    if (elapsedMs - (this.#tokenAtMs ?? 0) <= limitMs) return
    throw new ProviderSilentError(`the provider gave no token for ${limitMs / 1_000} s`)
  }
}
