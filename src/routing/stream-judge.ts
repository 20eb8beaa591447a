import { isSlowStream, JUDGE_STREAM_AFTER_MS } from './policies/index.ts'

/** Watches how fast a stream runs, and says when that is far below what was promised. */
export class StreamJudge {
  readonly #promised: number | undefined
  readonly #now: () => number
  #sinceMs: number
  #windowMs = JUDGE_STREAM_AFTER_MS
  #tokens = 0
  #tokensPerSecond = 0

  /**
   * From the first token on. `promised`: tokens a second; undefined or 0 where nothing was promised. `now` is the
   * provider's own time.
   */
  constructor(promised: number | undefined, now: () => number) {
    this.#promised = promised
    this.#now = now
    this.#sinceMs = now()
  }

  /** Tokens a second in the last window that was judged. */
  get tokensPerSecond(): number {
    return this.#tokensPerSecond
  }

  /**
   * Takes tokens that came, or a sign of life without any. True at the end of a window in which the stream was slow.
   * Each window is twice as long as the one before: a stream that slows down late is seen too, and others are not
   * asked all the time.
   */
  isSlow(tokens: number): boolean {
    this.#tokens += tokens
    const tookMs = this.#now() - this.#sinceMs
    if (!this.#promised || tookMs < this.#windowMs) return false
    this.#tokensPerSecond = (1_000 * this.#tokens) / tookMs
    this.#sinceMs += tookMs
    this.#windowMs *= 2
    this.#tokens = 0
    return isSlowStream(this.#tokensPerSecond, this.#promised)
  }
}
