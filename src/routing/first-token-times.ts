/** Fewer say nothing of the slowest tenth. */
const LEAST = 20
/** Older ones tell of another hour. */
const MOST = 100

/** How long an asker waited for its last first tokens, for `hedgeDelayMs`. */
export class FirstTokenTimes {
  readonly #times: number[] = []

  add(firstTokenMs: number): void {
    this.#times.push(firstTokenMs)
    if (this.#times.length > MOST) this.#times.shift()
  }

  /** The ninth decile; absent before there are twenty. */
  get p90Ms(): number | undefined {
    if (this.#times.length < LEAST) return undefined
    const sorted = this.#times.toSorted((a, b) => a - b)
    return sorted[Math.ceil(0.9 * sorted.length) - 1]
  }
}
