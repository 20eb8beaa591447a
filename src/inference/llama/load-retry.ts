/** Nothing is tried again sooner than this after it failed. */
export const FIRST_RETRY_MS = 5000
/** A model that has failed for an hour costs a look at its file every few minutes, and no more. */
export const MAX_RETRY_MS = 5 * 60_000

/** When to try again after so many failures in a row. */
export function retryDelayMs(failures: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1))
}

/** Tries a load again by itself: nobody sends requests to a model that has failed, so none of them would. */
export class LoadRetry {
  readonly #retry: () => void
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  #failedAtMs = 0

  constructor(retry: () => void) {
    this.#retry = retry
  }

  /** Whether so much time has passed that a request may start a retry before the timer does. */
  get due(): boolean {
    return performance.now() - this.#failedAtMs >= FIRST_RETRY_MS
  }

  /** Counts a failure, and returns in how many milliseconds the next try begins. */
  failed(): number {
    this.stop()
    this.#failures++
    this.#failedAtMs = performance.now()
    const delayMs = retryDelayMs(this.#failures)
    this.#timer = setTimeout(this.#retry, delayMs)
    // Waiting for a model is no reason to keep a process alive.
    this.#timer.unref()
    return delayMs
  }

  /** The next failure is the first one again. */
  succeeded(): void {
    this.stop()
    this.#failures = 0
  }

  /** No try follows by itself. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
