import type { Kept } from './trust.ts'

/** Fewer tokens say nothing about speed, */
const LEAST_TOKENS = 8
/** and fewer than these little: a machine is often slow for a second. */
const ENOUGH_TOKENS = 64

/** How fast tokens come from one provider, as far as they were waited for: a reader that is slow itself blames nobody. */
export class Pace {
  #tokens = 0
  #waitedMs = 0

  /** So many tokens came after this wait. */
  came(tokens: number, waitedMs: number): void {
    this.#tokens += tokens
    this.#waitedMs += waitedMs
  }

  /** Time spent waiting for tokens after the first. */
  get waitedMs(): number {
    return this.#waitedMs
  }

  /** Undefined while there are too few. */
  get tokensPerSecond(): number | undefined {
    return this.#tokens < LEAST_TOKENS ? undefined : (1_000 * this.#tokens) / Math.max(1, this.#waitedMs)
  }

  /** Against a speed that the provider claims; undefined where there is too little to tell. */
  kept(claimedPerSecond: number | undefined): Kept | undefined {
    if (this.#tokens < LEAST_TOKENS || claimedPerSecond === undefined || !(claimedPerSecond > 0)) return undefined
    // No request and no first token are in it, so nothing of it is the network's.
    const promisedMs = (1_000 * this.#tokens) / claimedPerSecond
    return { promisedMs, observedMs: this.#waitedMs, networkMs: 0, weight: Math.min(1, this.#tokens / ENOUGH_TOKENS) }
  }
}
