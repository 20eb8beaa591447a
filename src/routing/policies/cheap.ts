import type { Offer } from './offer.ts'
import { quotingPolicy } from './quoting.ts'

/** Peers that need no more than this multiple of the best one's time may win by their price. */
const WITHIN = 1.5
const ACCEPT_SLACK_MS = 300

/** The least price among the peers that are not much slower than the best; of one price, the faster. */
export const cheap = quotingPolicy({
  name: 'cheap',
  rankAdverts: cheapestNearBestFirst,
  rankQuotes: cheapestNearBestFirst,
  acceptIf: ({ totalMs, pricePerKiloToken }) => ({ totalMs: WITHIN * totalMs + ACCEPT_SLACK_MS, pricePerKiloToken })
})

function cheapestNearBestFirst(offers: readonly Offer[]): Offer[] {
  const cost = (offer: Offer) => offer.totalMs + offer.firstTokenMs
  const sorted = offers.toSorted((a, b) => cost(a) - cost(b))
  const bound = sorted[0] === undefined ? 0 : WITHIN * cost(sorted[0])
  const near = sorted.filter(offer => cost(offer) <= bound)
  // The sort is stable: those of one price stay in the order of their time.
  return [...near.toSorted((a, b) => a.pricePerKiloToken - b.pricePerKiloToken), ...sorted.slice(near.length)]
}
