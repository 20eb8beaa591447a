/** More than any answer has tokens, or any request milliseconds of work. */
const MOST_EXPECTED = 10_000_000
/** Buckets of the ratio of real to expected size: four for each doubling, from 1/64 to 32. */
const BUCKETS_PER_DOUBLING = 4
const LEAST_DOUBLING = -6
const BUCKETS = 11 * BUCKETS_PER_DOUBLING
const EDGES = Array.from({ length: BUCKETS + 1 }, (_, index) => 2 ** (LEAST_DOUBLING + index / BUCKETS_PER_DOUBLING))
/** Answers differ by a factor of about 2.2 either way; so it is assumed before anything was seen, */
const PRIOR_SIGMA = 0.8
/** with the weight of this many. */
const PRIOR_WEIGHT = 10
/** What counts is how it is now: older ones weigh less, so that this many count at most. */
const MOST_WEIGHT = 2_000
/** What is larger than all before it still goes on for this part of what was expected. */
const UNHEARD_OF_SHARE = 0.35

/** Something under way whose end nobody knows: an answer in tokens, or work in milliseconds. */
export interface UnderWay {
  /** What is expected altogether. */
  expected: number
  /** @default 0 */
  done?: number
  /** It ends here at the latest. @default none */
  most?: number
}

/**
 * How real sizes spread around expected ones, learnt from each that came to its end. An answer that is long already
 * will be longer than expected: what remains is taken from those that came as far.
 */
export class OutcomeSpread {
  readonly #weights: number[] = priorWeights()
  #total = PRIOR_WEIGHT

  /** One that ended by itself, not at its limit. */
  learn(expected: number, real: number): void {
    const doublings = Math.log2(Math.max(1, real) / bounded(expected))
    const place = Math.floor((doublings - LEAST_DOUBLING) * BUCKETS_PER_DOUBLING)
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Number.isFinite(place) ? place : 0))
    this.#weights[bucket] = this.#weights[bucket]! + 1
    this.#total++
    if (this.#total <= MOST_WEIGHT) return
    for (let index = 0; index < BUCKETS; index++) this.#weights[index] = this.#weights[index]! / 2
    this.#total /= 2
  }

  /** What is still to come, on average. */
  meanRemaining(underWay: UnderWay): number {
    const steps = 8
    let sum = 0
    for (let step = 0; step < steps; step++) sum += this.remaining(underWay, (step + 0.5) / steps)
    return sum / steps
  }

  /** What is still to come at most, for this share of those that came as far. `share` is in (0, 1). */
  remaining({ expected, done = 0, most = Number.POSITIVE_INFINITY }: UnderWay, share: number): number {
    const whole = bounded(expected)
    const ratio = done / whole
    const quantile = this.#quantileAbove(ratio, share)
    const left = quantile === undefined ? UNHEARD_OF_SHARE * whole : (quantile - ratio) * whole
    return Math.min(Math.max(0, most - done), left)
  }

  /** The ratio that this share of all ratios above `floor` stay under. */
  #quantileAbove(floor: number, share: number): number | undefined {
    let above = 0
    for (let index = 0; index < BUCKETS; index++) above += this.#weightAbove(index, floor)
    if (above <= 1e-9) return undefined
    let left = share * above
    for (let index = 0; index < BUCKETS; index++) {
      const weight = this.#weightAbove(index, floor)
      const low = Math.max(floor, EDGES[index]!)
      if (left <= weight && weight > 0) return low + (left / weight) * (EDGES[index + 1]! - low)
      left -= weight
    }
    return EDGES[BUCKETS]
  }

  #weightAbove(index: number, floor: number): number {
    const low = EDGES[index]!
    const high = EDGES[index + 1]!
    if (high <= floor) return 0
    return low >= floor ? this.#weights[index]! : (this.#weights[index]! * (high - floor)) / (high - low)
  }
}

/** Numbers come from strangers: an expectation outside of these says nothing. */
function bounded(expected: number): number {
  return Number.isFinite(expected) ? Math.min(MOST_EXPECTED, Math.max(1, expected)) : MOST_EXPECTED
}

/** A bell over the logarithm, around a median that makes the mean what was expected. */
function priorWeights(): number[] {
  const centre = -(PRIOR_SIGMA ** 2) / 2
  const heights = Array.from({ length: BUCKETS }, (_, index) => {
    const middle = Math.log(2) * (LEAST_DOUBLING + (index + 0.5) / BUCKETS_PER_DOUBLING)
    return Math.exp(-(((middle - centre) / PRIOR_SIGMA) ** 2) / 2)
  })
  const sum = heights.reduce((total, height) => total + height, 0)
  return heights.map(height => (PRIOR_WEIGHT * height) / sum)
}
