/** A speed that follows recent measurements, in tokens a second; 0 before the first one. */
export class Speed {
  #tokensPerSecond = 0

  get tokensPerSecond(): number {
    return this.#tokensPerSecond
  }

  /** A measurement of few tokens says little, so it weighs less; one of 64 or more weighs a third. */
  record(tokens: number, durationMs: number): void {
    if (!(tokens > 0) || !(durationMs > 0)) return
    const measured = (tokens * 1000) / durationMs
    const weight = this.#tokensPerSecond === 0 ? 1 : Math.min(1, tokens / 64) / 3
    this.#tokensPerSecond += (measured - this.#tokensPerSecond) * weight
  }
}
