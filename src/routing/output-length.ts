import { RecentMap } from './recent-map.ts'

/** What is assumed of an answer of which nothing is known, in tokens. */
export const ASSUMED_ANSWER_TOKENS = 230
/** Answers differ by a factor of about 2.2 either way, */
const SIGMA = 0.8
/** and so many of them are worth as much as this assumption. */
const PRIOR_WEIGHT = 10
/** Conversations and models whose lengths an asker remembers. */
const MAX_REMEMBERED = 1_000
/** Weight of what holds for all, in answers, against those of one model, */
const MODEL_PRIOR_WEIGHT = 4
/** and of the model's, against those of one conversation: whoever got long answers gets long ones again. */
const CONVERSATION_PRIOR_WEIGHT = 2
/** Median of an answer of which nothing is known. */
const PRIOR_LOG_TOKENS = Math.log(ASSUMED_ANSWER_TOKENS) - SIGMA ** 2 / 2

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

  /** Whole tokens of the whole answer, on average; at least 1. */
  expect({ model, conversation, maxTokens }: AskedLength): number {
    const ofAll = this.#all.blend(PRIOR_LOG_TOKENS, PRIOR_WEIGHT)
    const ofModel = this.#models.get(model)?.blend(ofAll, MODEL_PRIOR_WEIGHT) ?? ofAll
    const known = conversation === undefined ? undefined : this.#conversations.get(conversation)
    const logTokens = known?.blend(ofModel, CONVERSATION_PRIOR_WEIGHT) ?? ofModel
    const tokens = Math.round(Math.exp(logTokens + SIGMA ** 2 / 2))
    return Math.max(1, Math.min(tokens, maxTokens ?? Number.POSITIVE_INFINITY))
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
