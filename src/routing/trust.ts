/** Weight of the newest answer. */
const NEWEST = 0.4
/** A peer that is faster than it says gains little, one that is slower cannot be pushed out for ever. */
const LEAST = 0.7
const MOST = 6
/** Below this, jitter of the network is larger than what is observed. */
const LEAST_PROMISE_MS = 300

/** One answer: how long it took, and how long it should have by the peer's own quote. */
export interface Kept {
  promisedMs: number
  observedMs: number
}

/**
 * Observed by promised time, as a moving mean in [0.7, 6]: 1 keeps its word, above is slower than it says. Promises
 * that the peer makes are multiplied by it (`routing.md` 3.4).
 */
export function observeTrust(before: number | undefined, { promisedMs, observedMs }: Kept): number {
  const ratio = observedMs / Math.max(LEAST_PROMISE_MS, promisedMs)
  const bounded = Math.min(MOST, Math.max(LEAST, Number.isFinite(ratio) ? ratio : 1))
  return (1 - NEWEST) * (before ?? 1) + NEWEST * bounded
}
