const LEAST_DELAY_MS = 1_000
const ASSUMED_MS = 15_000
const LEAST_SAMPLES = 200
const SAMPLES = 2_000
const QUANTILE = 0.95
const SHARE = 0.08
const REFRESH_MS = 5_000

/** Hedging as the guide gave it to what is not shipped: after the 95th percentile of everybody, 8 % of all requests. */
export class GuideHedging {
  readonly #recent: number[] = []
  #delayMs = ASSUMED_MS
  #refreshedAtMs = Number.NEGATIVE_INFINITY
  #requests = 0
  #hedges = 0

  countRequest(): void {
    this.#requests++
  }

  countHedge(): void {
    this.#hedges++
  }

  add(firstTokenMs: number): void {
    this.#recent.push(firstTokenMs)
    if (this.#recent.length > SAMPLES) this.#recent.shift()
  }

  mayHedge(): boolean {
    return this.#hedges < SHARE * this.#requests
  }

  delayMs(nowMs: number): number {
    if (nowMs - this.#refreshedAtMs > REFRESH_MS) {
      this.#refreshedAtMs = nowMs
      const sorted = this.#recent.toSorted((a, b) => a - b)
      const at = Math.floor(QUANTILE * (sorted.length - 1))
      this.#delayMs = sorted.length > LEAST_SAMPLES ? sorted[at]! : ASSUMED_MS
    }
    return Math.max(LEAST_DELAY_MS, this.#delayMs)
  }
}
