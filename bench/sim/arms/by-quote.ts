import {
  dispatchTo,
  type PolicyQuote,
  QUOTE_DEADLINE_MS,
  QUOTE_KEPT_MS,
  type RoutingPolicy,
  type Scene
} from '../../../src/routing/index.ts'
import { advertOffer, quoteOffer } from '../../../src/routing/policies/offer.ts'

/** Asks `count` peers and the last provider for quotes, always, and takes the least total. */
export function quoteOnly(name: string, count: number, keepsLast: boolean): RoutingPolicy {
  return {
    name,
    sees: 'all',
    plan(scene) {
      const kept = scene.attempt > 1 ? leastTotal(scene)[0] : undefined
      if (kept !== undefined) return dispatchTo(kept.peerId)
      const last = keepsLast ? scene.lastProvider?.peerId : undefined
      const others = scene.candidates
        .filter(({ peerId, isSuspect }) => peerId !== last && isSuspect !== true)
        .map(candidate => advertOffer(scene.request, candidate))
        .sort((a, b) => a.totalMs - b.totalMs)
        .map(({ peerId }) => peerId)
      const quote = [...(last === undefined ? [] : [last]), ...others].slice(0, count)
      return { quote, enough: quote.length, deadlineMs: QUOTE_DEADLINE_MS }
    },
    rank: leastTotal
  }
}

function leastTotal({ request, candidates, quotes }: Scene): PolicyQuote[] {
  const byPeer = new Map(candidates.map(candidate => [candidate.peerId, candidate]))
  const total = (quote: PolicyQuote) => quoteOffer(request, byPeer.get(quote.peerId)!, quote).totalMs
  return quotes
    .filter(({ ageMs, peerId }) => ageMs <= QUOTE_KEPT_MS && byPeer.has(peerId))
    .sort((a, b) => total(a) - total(b))
}
