import type { Offer } from './offer.ts'
import { quotingPolicy, withinBestOther } from './quoting.ts'

/** Soon enough for a reader, */
const GOOD_FIRST_TOKEN_MS = 2_000
/** and faster than one reads. */
const GOOD_TOKENS_PER_SECOND = 15

/**
 * Among the peers that are good enough to read along, the slowest: the fast ones stay free for those who need them,
 * and the slow ones get work at all. Costs speed.
 */
export const fair = quotingPolicy({
  name: 'fair',
  rankAdverts: slowestGoodFirst,
  rankQuotes: slowestGoodFirst,
  acceptIf(bestOther, { expectedTokens }) {
    if (!isGood(bestOther)) return withinBestOther(bestOther)
    const totalMs = GOOD_FIRST_TOKEN_MS + (1_000 * expectedTokens) / GOOD_TOKENS_PER_SECOND
    return { firstTokenMs: GOOD_FIRST_TOKEN_MS, totalMs }
  }
})

function slowestGoodFirst(offers: readonly Offer[]): Offer[] {
  const good = offers.filter(isGood).sort((a, b) => a.tokensPerSecond - b.tokensPerSecond)
  const rest = offers.filter(offer => !isGood(offer)).sort((a, b) => a.totalMs - b.totalMs)
  return [...good, ...rest]
}

function isGood({ firstTokenMs, tokensPerSecond }: Offer): boolean {
  return firstTokenMs <= GOOD_FIRST_TOKEN_MS && tokensPerSecond >= GOOD_TOKENS_PER_SECOND
}
