import { RecentMap } from '../routing/index.ts'

/** Keys remembered at once. */
const MAX_KEYS = 4_000

interface Bucket {
  tokens: number
  atMs: number
}

/** A token bucket for each key: `burst` at once, then one every `refillMs`. */
export class RateLimiter {
  readonly #buckets = new RecentMap<string, Bucket>(MAX_KEYS)
  readonly #burst: number
  readonly #refillMs: number
  readonly #now: () => number

  constructor(burst: number, refillMs: number, now: () => number = () => performance.now()) {
    this.#burst = burst
    this.#refillMs = refillMs
    this.#now = now
  }

  /** Takes a token. False when there is none. */
  take(key: string): boolean {
    const now = this.#now()
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, atMs: now }
    const tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.atMs) / this.#refillMs)
    this.#buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: now })
    return tokens >= 1
  }
}
