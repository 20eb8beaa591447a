/** Weight of the newest answer in moving means over a peer; in that of its trust at least this. */
export const NEWEST = 0.4
/**
 * A stranger's word weighs a quarter of one answer, however short. With 30 % of peers that claim three times their
 * speed, p95 of the first token is 1.45 times that without them (`bench/README.md`, S7); where every answer had the
 * weight of the newest it was 1.56.
 */
const WORD_ANSWERS = 0.25
/** A peer that is faster than it says gains little, one that is slower cannot be pushed out for ever. */
const LEAST = 0.7
const MOST = 6
/** Below this, jitter of the network is larger than what is observed. */
const LEAST_PROMISE_MS = 300

/**
 * Promises that are looked at to tell a lie from bad luck, and how many times longer their median must have taken. What
 * an honest machine says follows what it measures, so that it is not late by half time after time.
 */
const LOOKED_AT = 5
const LIE_FACTOR = 1.5
/** Whoever lies is taken at what was observed, and this much less, so that lying never pays. */
const LIE_COST = 1.25
const MOST_FOR_LIARS = 100
/** Of a short answer the network takes most: a dial, and two round trips of a slow line. */
const NETWORK_MS = 1_000

/** One answer: how long it took, and how long it should have by the peer's own quote. */
export interface Kept {
  promisedMs: number
  observedMs: number
  /** What of that may be the network's. @default 1000 */
  networkMs?: number
  /** How much it says, from 0 to 1. @default 1 */
  weight?: number
}

/**
 * Observed by promised time, as a mean in [0.7, 6] in which the newest of many answers keeps a weight of 0.4: 1 keeps
 * its word, above is slower than it says. Promises that the peer makes are multiplied by it (`routing.md` 3.4).
 * `before`: what it was, and of how many answers.
 */
export function observeTrust(
  before: { mean: number; answers: number },
  { promisedMs, observedMs, weight = 1 }: Kept
): number {
  const newest = weight * Math.max(NEWEST, 1 / (before.answers + 1 + WORD_ANSWERS))
  const ratio = observedMs / Math.max(LEAST_PROMISE_MS, promisedMs)
  const bounded = Math.min(MOST, Math.max(LEAST, Number.isFinite(ratio) ? ratio : 1))
  return (1 - newest) * before.mean + newest * bounded
}

/** How many times longer than promised an answer took, the network left out; not bounded. */
export function missedBy({ promisedMs, observedMs, networkMs = NETWORK_MS }: Kept): number {
  const ownMs = observedMs - networkMs
  const leastMs = networkMs > 0 ? LEAST_PROMISE_MS : 1
  return ownMs <= 0 ? 1 : Math.min(MOST_FOR_LIARS, ownMs / Math.max(leastMs, promisedMs))
}

/** The last of what `missedBy` gave, with a new one. */
export function lastMissed(before: readonly number[], missed: number): number[] {
  return [...before, missed].slice(-LOOKED_AT)
}

/**
 * The trust in a peer whose last answers were late by these factors. The moving mean is bounded, so that bad luck puts an
 * honest peer at 5 at the most after one answer and at 2.9 after the next good one; but it stays behind every steady lie, which would win by the difference. So
 * once the median of five answers took more than half as long again as promised, the peer is taken at its median and a
 * quarter more.
 */
export function withLies(trust: number, missed: readonly number[]): number {
  if (missed.length < LOOKED_AT) return trust
  const median = missed.toSorted((a, b) => a - b)[Math.floor(LOOKED_AT / 2)]!
  return median > LIE_FACTOR ? Math.max(trust, Math.min(MOST_FOR_LIARS, LIE_COST * median)) : trust
}
