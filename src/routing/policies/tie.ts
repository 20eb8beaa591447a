import type { PolicyQuote } from './policy.ts'

/** A wait this long is uncertain enough to stand in a second queue as well. */
const TIE_WAIT_MS = 1_000
/** The second must not be much dearer: whichever starts first answers. */
const TIE_FACTOR = 1.5

/** What a provider promised, as far as queues are compared. */
export type QueuePromise = Pick<PolicyQuote, 'waitMs' | 'firstTokenMs' | 'decodeTokensPerSecond'>

/**
 * Whether a request that waits for a slot should wait at a second provider too. The one that starts first has it, and
 * the other queue is left before any work, so that this is no duplicate: nobody knows when the answers ahead end.
 */
export function mayTie({ waitMs }: QueuePromise): boolean {
  return waitMs >= TIE_WAIT_MS
}

/** Whether the second provider is good enough for that. */
export function isWorthTying(first: QueuePromise, second: QueuePromise, expectedTokens: number): boolean {
  return costMs(second, expectedTokens) <= TIE_FACTOR * costMs(first, expectedTokens)
}

function costMs({ firstTokenMs, decodeTokensPerSecond }: QueuePromise, expectedTokens: number): number {
  return 2 * firstTokenMs + (1_000 * expectedTokens) / decodeTokensPerSecond
}
