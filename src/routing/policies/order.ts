import type { Offer } from './offer.ts'

/** Offers this close to the best count as equal; one of them is drawn, so that askers do not all take the same. */
const TIE = 0.05

/** Sorts by `cost`, least first, and shuffles those that tie with the best. */
export function orderByCost<T extends Offer>(
  offers: readonly T[],
  cost: (offer: T) => number,
  random: () => number
): T[] {
  const sorted = offers.map(offer => ({ offer, cost: cost(offer) })).sort((a, b) => a.cost - b.cost)
  const bound = (sorted[0]?.cost ?? 0) * (1 + TIE)
  const tied = sorted.filter(entry => entry.cost <= bound)
  return [...shuffled(tied, random), ...sorted.slice(tied.length)].map(entry => entry.offer)
}

/** A copy in drawn order. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last--) {
    const drawn = Math.floor(random() * (last + 1))
    const item = copy[last]!
    copy[last] = copy[drawn]!
    copy[drawn] = item
  }
  return copy
}
