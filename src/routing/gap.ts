import { errorFromCode, type P2paiError } from '../interface/index.ts'
import type { FailedAttempt } from './give-up.ts'

/** Providers asked for one part of an answer before it is given up, as in `routing.md` 3.5. Busy ones do not count in its middle. */
const MAX_ATTEMPTS = 6
/** How long a reader waits in the middle of an answer while nobody who could go on is known: a line that comes back. */
const LONELY_GAP_MS = 6_000
/** The same while those who could are busy. */
const BUSY_GAP_MS = 60_000
/** Between two rounds in a gap, unless a provider said when to come back. */
const PAUSE_MS = 500

/** The time since the last token that was given out, and what was tried in it. */
export class Gap {
  readonly #failures: FailedAttempt[] = []
  readonly #sinceMs = performance.now()
  readonly #isInMiddle: boolean

  /** `lost`: the provider whose answer stopped; none before the first token. */
  constructor(lost?: FailedAttempt) {
    this.#isInMiddle = lost !== undefined
    if (lost !== undefined) this.#failures.push(lost)
  }

  add(failure: FailedAttempt): void {
    this.#failures.push(failure)
  }

  /** Whether one more provider may be asked. */
  get mayTry(): boolean {
    return this.#failures.filter(failure => !this.#isInMiddle || !isBusy(failure)).length < MAX_ATTEMPTS
  }

  /** Some live, and may be asked again later. */
  get hasBusy(): boolean {
    return this.#failures.some(isBusy)
  }

  /** How long to wait until all are asked again; nothing when it makes no sense. */
  get pauseMs(): number | undefined {
    const busy = this.#failures.filter(isBusy)
    const leftMs = this.#sinceMs + (busy.length > 0 ? BUSY_GAP_MS : LONELY_GAP_MS) - performance.now()
    if (!this.#isInMiddle || leftMs <= 0) return undefined
    const wished = busy.map(({ error }) => error.details.retryAfterMs ?? PAUSE_MS)
    return Math.min(leftMs, PAUSE_MS, ...wished)
  }

  /** Why the answer stays cut: what happened to the one who gave its last part. */
  error(attempts: readonly FailedAttempt[]): P2paiError {
    const { code, message, details } = this.#failures[0]!.error
    const others = attempts.length > 1 ? '; nobody else could go on' : ''
    const tried = attempts.map(({ peerId, outcome }) => ({ peerId, outcome }))
    return errorFromCode(code, `${message}${others}`, { ...details, attempts: tried })
  }
}

function isBusy({ error }: FailedAttempt): boolean {
  return error.code === 'busy'
}
