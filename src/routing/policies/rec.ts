import { orderByCost } from './order.ts'
import { quotingPolicy, withinBestOther } from './quoting.ts'

/**
 * The default: the least time to the whole answer, the first token counted twice. A reader minds waiting for the
 * first word more than for the last.
 */
export const rec = quotingPolicy({
  name: 'rec',
  rankAdverts: offers => offers.toSorted((a, b) => a.totalMs - b.totalMs),
  rankQuotes: (offers, random) => orderByCost(offers, offer => offer.totalMs + offer.firstTokenMs, random),
  acceptIf: withinBestOther
})
