import { ASSUMED_DECODE_PER_SECOND, ASSUMED_OUTPUT_TOKENS, ASSUMED_PREFILL_PER_SECOND } from '../../interface/index.ts'

/** Weight of the newest answer in the average. */
const NEWEST_WEIGHT = 0.1

/** What is known about a request before it runs. */
export interface WorkInput {
  promptTokens: number
  maxTokens: number | undefined
  /** Measured, 0 before the first measurement. */
  prefillTokensPerSecond: number
  decodeTokensPerSecond: number
}

/** Estimates how long a request keeps a slot, from measured speeds and from how long answers have been. */
export class WorkEstimate {
  #outputTokens = ASSUMED_OUTPUT_TOKENS

  /** Learns the length of an answer. */
  record(completionTokens: number): void {
    this.#outputTokens += (completionTokens - this.#outputTokens) * NEWEST_WEIGHT
  }

  /** Milliseconds of one slot. */
  workMs({ promptTokens, maxTokens, prefillTokensPerSecond, decodeTokensPerSecond }: WorkInput): number {
    const output = Math.min(maxTokens ?? Number.POSITIVE_INFINITY, this.#outputTokens)
    const seconds =
      promptTokens / (prefillTokensPerSecond || ASSUMED_PREFILL_PER_SECOND) +
      output / (decodeTokensPerSecond || ASSUMED_DECODE_PER_SECOND)
    return seconds * 1000
  }
}
