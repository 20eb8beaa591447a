import { errorFromCode, type P2paiError } from '../interface/index.ts'
import type { FailedAttempt } from './give-up.ts'

/** Providers asked for one part of an answer, or one result, before it is given up, as in `routing.md` 3.5. Busy ones do not count in the middle of an answer. */
export const MAX_ATTEMPTS = 6
/** How long a reader waits in the middle of an answer while nobody who could go on is known: a line that comes back. */
const LONELY_GAP_MS = 6_000
/** The same while those who could are busy. */
const BUSY_GAP_MS = 60_000
/** Between two rounds in a gap, unless a provider said when to come back; twice as long after each round of busy ones, */
const PAUSE_MS = 500
/** up to this. */
const LONGEST_PAUSE_MS = 4_000
/** Whoever says to come back at once is not asked in a tight circle. */
const LEAST_PAUSE_MS = 100

/** The time since the last token that was given out, and what was tried in it. */
export class Gap {
  /** Providers that failed; in the middle of an answer the lost one first, and busy ones not among them. */
  readonly #failures: FailedAttempt[] = []
  readonly #sinceMs = performance.now()
  readonly #isInMiddle: boolean
  #hasBusy = false
  /** How long the busy ones of this round want to be left alone. */
  #wishedMs: number[] = []
  #rounds = 0

  /** `lost`: the provider whose answer stopped; none before the first token. */
  constructor(lost?: FailedAttempt) {
    this.#isInMiddle = lost !== undefined
    if (lost !== undefined) this.#failures.push(lost)
  }

  add(failure: FailedAttempt): void {
    const isBusy = failure.error.code === 'busy'
    this.#hasBusy ||= isBusy
    if (isBusy) this.#wishedMs.push(failure.error.details.retryAfterMs ?? PAUSE_MS)
    if (!isBusy || !this.#isInMiddle) this.#failures.push(failure)
  }

  /** Whether one more provider may be asked, now or after a pause. */
  get mayTry(): boolean {
    return this.#failures.length < MAX_ATTEMPTS
  }

  /** As many were busy as may be asked without a pause. */
  get needsPause(): boolean {
    return this.#isInMiddle && this.#wishedMs.length >= MAX_ATTEMPTS
  }

  /** Some live, and may be asked again later. */
  get hasBusy(): boolean {
    return this.#hasBusy
  }

  /** How long to wait until all are asked again; nothing when it makes no sense. */
  get pauseMs(): number | undefined {
    const leftMs = this.#sinceMs + (this.#hasBusy ? BUSY_GAP_MS : LONELY_GAP_MS) - performance.now()
    if (!this.#isInMiddle || leftMs <= 0) return undefined
    const pauseMs = this.#hasBusy ? Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** this.#rounds) : PAUSE_MS
    return Math.min(leftMs, Math.max(LEAST_PAUSE_MS, Math.min(pauseMs, ...this.#wishedMs)))
  }

  /** The pause is over, and all may be asked again. */
  nextRound(): void {
    this.#rounds++
    this.#wishedMs = []
  }

  /** Why the answer stays cut: what happened to the one who gave its last part. */
  error(attempts: readonly FailedAttempt[]): P2paiError {
    // One that was left for a faster one has not failed; whoever came after it has.
    const { error } = this.#failures.find(({ outcome }) => outcome !== 'aborted') ?? this.#failures[0]!
    const { code, message, details } = error
    const others = attempts.length > 1 ? '; nobody else could go on' : ''
    const tried = attempts.map(({ peerId, outcome }) => ({ peerId, outcome }))
    return errorFromCode(code, `${message}${others}`, { ...details, attempts: tried })
  }
}
