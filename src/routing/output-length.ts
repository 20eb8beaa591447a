import { RecentMap } from './recent-map.ts'

/** What is assumed of an answer of which nothing is known, in tokens. */
export const ASSUMED_ANSWER_TOKENS = 230

/** Buckets of the ratio of real to expected length: four for each doubling, from 1/64 to 32. */
const BUCKETS_PER_DOUBLING = 4
const LEAST_DOUBLING = -6
const BUCKETS = 11 * BUCKETS_PER_DOUBLING
const EDGES = Array.from({ length: BUCKETS + 1 }, (_, index) => 2 ** (LEAST_DOUBLING + index / BUCKETS_PER_DOUBLING))
/** Answers differ by a factor of about 2.2 either way; so it is assumed before there are any, */
const PRIOR_SIGMA = 0.8
/** with the weight of this many answers. */
const PRIOR_WEIGHT = 10
/** What counts is how it is now: older answers weigh less, so that this many count at most. */
const MOST_WEIGHT = 2_000
/** An answer longer than all before it still goes on for this part of what was expected. */
const UNHEARD_OF_SHARE = 0.35

/** An answer that is being made. */
export interface LengthSoFar {
  /** What its asker expects altogether. @default 230 */
  expectedTokens?: number
  /** @default 0 */
  generatedTokens?: number
  /** @default none */
  maxTokens?: number
}

/**
 * How long answers become, for a provider: the spread of real by expected lengths, learnt from every answer of one
 * model. An answer that is long already will be longer: what remains is taken from those that came this far.
 */
export class AnswerLengths {
  readonly #weights: number[] = priorWeights()
  #total = PRIOR_WEIGHT

  /** One whole answer, that ended by itself and not by `maxTokens`. */
  learn(expectedTokens: number, tokens: number): void {
    const doublings = Math.log2(Math.max(1, tokens) / boundedExpectation(expectedTokens))
    const place = Math.floor((doublings - LEAST_DOUBLING) * BUCKETS_PER_DOUBLING)
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Number.isFinite(place) ? place : 0))
    this.#weights[bucket] = this.#weights[bucket]! + 1
    this.#total++
    if (this.#total <= MOST_WEIGHT) return
    for (let index = 0; index < BUCKETS; index++) this.#weights[index] = this.#weights[index]! / 2
    this.#total /= 2
  }

  /** Tokens still to come, on average. */
  meanRemaining(answer: LengthSoFar): number {
    const steps = 8
    let sum = 0
    for (let step = 0; step < steps; step++) sum += this.remaining(answer, (step + 0.5) / steps)
    return sum / steps
  }

  /** Tokens still to come, or fewer, for this share of the answers that came as far. `share` is in (0, 1). */
  remaining(
    { expectedTokens = ASSUMED_ANSWER_TOKENS, generatedTokens = 0, maxTokens }: LengthSoFar,
    share: number
  ): number {
    const expected = boundedExpectation(expectedTokens)
    const most = Math.max(0, (maxTokens ?? Number.POSITIVE_INFINITY) - generatedTokens)
    const ratio = generatedTokens / expected
    const left = this.#quantileAbove(ratio, share)
    const tokens = left === undefined ? UNHEARD_OF_SHARE * expected : (left - ratio) * expected
    return Math.min(most, tokens)
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
function boundedExpectation(tokens: number): number {
  return Number.isFinite(tokens) ? Math.min(1_000_000, Math.max(1, tokens)) : ASSUMED_ANSWER_TOKENS
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

/** Conversations and models whose lengths an asker remembers. */
const MAX_REMEMBERED = 1_000
/** Weight of what holds for all, in answers, against those of one model, */
const MODEL_PRIOR_WEIGHT = 4
/** and of the model's, against those of one conversation: whoever got long answers gets long ones again. */
const CONVERSATION_PRIOR_WEIGHT = 2
/** Median of an answer of which nothing is known. */
const PRIOR_LOG_TOKENS = Math.log(ASSUMED_ANSWER_TOKENS) - PRIOR_SIGMA ** 2 / 2

/** What an asker knows of a request before it is answered. */
export interface AskedLength {
  /** The model's digest or name; whatever is the same for the same model. */
  model: string
  /** What is the same for all turns of a conversation. @default none */
  conversation?: string
  /** @default none */
  maxTokens?: number
}

/** How long the answers will be that an asker gets, learnt from those that it got: by conversation, by model, of all. */
export class ExpectedLengths {
  readonly #all = new LogMean()
  readonly #models = new RecentMap<string, LogMean>(MAX_REMEMBERED)
  readonly #conversations = new RecentMap<string, LogMean>(MAX_REMEMBERED)

  /** Tokens of the whole answer, on average; at least 1. */
  expect({ model, conversation, maxTokens }: AskedLength): number {
    const ofAll = this.#all.blend(PRIOR_LOG_TOKENS, PRIOR_WEIGHT)
    const ofModel = this.#models.get(model)?.blend(ofAll, MODEL_PRIOR_WEIGHT) ?? ofAll
    const known = conversation === undefined ? undefined : this.#conversations.get(conversation)
    const logTokens = known?.blend(ofModel, CONVERSATION_PRIOR_WEIGHT) ?? ofModel
    return Math.max(1, Math.min(Math.exp(logTokens + PRIOR_SIGMA ** 2 / 2), maxTokens ?? Number.POSITIVE_INFINITY))
  }

  /** An answer that came to its end. One that was cut by its limit counts too: the next one will be. */
  learn({ model, conversation }: AskedLength, tokens: number): void {
    const logTokens = Math.log(Math.max(1, tokens))
    this.#all.add(logTokens)
    remember(this.#models, model).add(logTokens)
    if (conversation !== undefined) remember(this.#conversations, conversation).add(logTokens)
  }
}

class LogMean {
  #sum = 0
  #count = 0

  add(logTokens: number): void {
    this.#sum += logTokens
    this.#count++
  }

  /** The mean as if `weight` answers of `prior` had come before. */
  blend(prior: number, weight: number): number {
    return (this.#sum + weight * prior) / (this.#count + weight)
  }
}

function remember(known: RecentMap<string, LogMean>, key: string): LogMean {
  const mean = known.get(key) ?? new LogMean()
  known.set(key, mean)
  return mean
}
