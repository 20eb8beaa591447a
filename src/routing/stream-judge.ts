import { isSlowStream, JUDGE_STREAM_AFTER_MS } from './policies/index.ts'

/** Watches how fast a stream runs, and says once if that is far below what was promised. */
export class StreamJudge {
  readonly #promised: number | undefined
  readonly #now: () => number
  #firstAtMs: number | undefined
  #tokens = 0
  #isJudged = false

  /** `promised`: tokens a second; undefined or 0 where nothing was promised. */
  constructor(promised: number | undefined, now: () => number = () => performance.now()) {
    this.#promised = promised
    this.#now = now
  }

  /** Tokens a second since the first. */
  get tokensPerSecond(): number {
    const seconds = this.#firstAtMs === undefined ? 0 : (this.#now() - this.#firstAtMs) / 1_000
    return seconds > 0 ? this.#tokens / seconds : 0
  }

  /** Takes tokens that came. True once, when the stream should be given to somebody else if there is one. */
  isSlow(tokens: number): boolean {
    if (this.#firstAtMs === undefined) {
      this.#firstAtMs = this.#now()
      return false
    }
    this.#tokens += tokens
    if (this.#isJudged || !this.#promised || this.#now() - this.#firstAtMs < JUDGE_STREAM_AFTER_MS) return false
    this.#isJudged = true
    return isSlowStream(this.tokensPerSecond, this.#promised)
  }
}
