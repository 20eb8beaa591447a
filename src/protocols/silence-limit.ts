/** Standard deviations of a gap that is as unlikely as one in 100 millions: phi > 8, as in `routing.md` 3.5. */
const DEVIATIONS = 5.6
/** Weight of the newest gap. */
const NEWEST = 0.1
/** Fewer gaps say nothing. */
const LEAST_GAPS = 8
/** Whatever the gaps were before. */
const LONGEST_MS = 10_000

/** How long the other end of one stream may be silent, by how regular it was: never below `leastMs`. */
export class SilenceLimit {
  readonly #leastMs: number
  #gaps = 0
  #meanMs = 0
  #variance = 0

  constructor(leastMs: number) {
    this.#leastMs = leastMs
  }

  /** A frame came after this wait. */
  came(gapMs: number): void {
    this.#gaps++
    const weight = Math.max(NEWEST, 1 / this.#gaps)
    const off = gapMs - this.#meanMs
    this.#meanMs += weight * off
    this.#variance = (1 - weight) * (this.#variance + weight * off * off)
  }

  /** Milliseconds without a frame that are an end. */
  get ms(): number {
    if (this.#gaps < LEAST_GAPS) return this.#leastMs
    const longMs = this.#meanMs + DEVIATIONS * Math.sqrt(this.#variance)
    return Math.max(this.#leastMs, Math.min(LONGEST_MS, longMs))
  }
}
