import type { AcceptIf } from '../../interface/index.ts'
import { admissible } from './gate.ts'
import { advertOffer, type Offer, quoteOffer } from './offer.ts'
import {
  dispatchTo,
  type Plan,
  type PolicyCandidate,
  type PolicyQuote,
  QUOTE_DEADLINE_MS,
  QUOTE_KEPT_MS,
  type RequestShape,
  type RoutingPolicy,
  type Scene
} from './policy.ts'

/** Peers asked for a quote. */
const QUOTES = 4
/** The same where most peers have one slot: a wrong guess of the wait hurts most there. */
const QUOTES_OF_SINGLE_SLOTS = 6
/** A conditional dispatch may be this much worse than the best other advert foretells. */
const ACCEPT_FACTOR = 1.25
const ACCEPT_SLACK_MS = 300

/** What tells the policies that ask for quotes from each other. */
export interface QuotingMode {
  name: string
  /** Offers of adverts, best first: who is asked for a quote. */
  rankAdverts(offers: readonly Offer[], random: () => number): Offer[]
  /** Offers of quotes, best first: who gets the request. */
  rankQuotes(offers: readonly Offer[], random: () => number): Offer[]
  /** What a peer must meet to take a request unasked, given what the best of the others lets expect. */
  acceptIf(bestOther: Offer, request: RequestShape): AcceptIf
}

/** Rule 3.4 of `routing.md`: rank by adverts, decide by quotes, and save the wait for quotes where a bound does. */
export function quotingPolicy(mode: QuotingMode): RoutingPolicy {
  return {
    name: mode.name,
    sees: 'working-set',
    plan: scene => plan(mode, scene),
    rank: scene => rankQuotes(mode, scene)
  }
}

/** The bound of the guide: not much worse than the best of the others. */
export function withinBestOther({ totalMs }: Offer): AcceptIf {
  return { totalMs: ACCEPT_FACTOR * totalMs + ACCEPT_SLACK_MS }
}

function plan(mode: QuotingMode, scene: Scene): Plan {
  const kept = scene.attempt > 1 ? rankQuotes(mode, scene)[0] : undefined
  if (kept !== undefined) return dispatchTo(kept.peerId)
  const usable = admissible(scene)
  const offers = offersOf(usable, scene)
  const ranked = mode.rankAdverts([...offers.values()], scene.random)
  if (ranked.length <= 1) return dispatchTo(ranked[0]?.peerId)
  const last = offers.get(scene.lastProvider?.peerId ?? '')
  const mayGoUnasked = scene.attempt === 1 && (scene.refused?.size ?? 0) === 0
  if (last !== undefined && mayGoUnasked) {
    const bestOther = ranked.find(offer => offer !== last)!
    return dispatchTo(last.peerId, mode.acceptIf(bestOther, scene.request))
  }
  const quotes = usable.filter(hasOneSlot).length * 2 > usable.length ? QUOTES_OF_SINGLE_SLOTS : QUOTES
  const others = ranked.filter(offer => offer !== last)
  const chosen = [...(last === undefined ? [] : [last]), ...others].slice(0, quotes)
  return askForQuotes(scene, chosen, mayGoUnasked ? mode : undefined)
}

/** With a mode, the best advert gets the request with its bound while the others are asked what they could do. */
function askForQuotes({ request, quotes }: Scene, chosen: readonly Offer[], unasked: QuotingMode | undefined): Plan {
  const [top, next] = chosen
  const acceptIf = next === undefined ? undefined : unasked?.acceptIf(next, request)
  const dispatch = top === undefined || acceptIf === undefined ? undefined : { peerId: top.peerId, acceptIf }
  // Whoever refused a condition has given its quote just now, and whoever is given one answers with it.
  const inHand = quotes.filter(({ ageMs }) => ageMs <= QUOTE_KEPT_MS).map(({ peerId }) => peerId)
  const known = new Set([...inHand, ...(dispatch === undefined ? [] : [dispatch.peerId])])
  return {
    ...(dispatch && { dispatch }),
    quote: chosen.map(({ peerId }) => peerId).filter(peerId => !known.has(peerId)),
    enough: Math.max(Math.min(2, chosen.length), chosen.length - 1),
    deadlineMs: QUOTE_DEADLINE_MS
  }
}

function hasOneSlot({ model }: PolicyCandidate): boolean {
  return model.slots.total === 1
}

function offersOf(usable: readonly PolicyCandidate[], { request, lastProvider }: Scene): Map<string, Offer> {
  const cachedAt = (peerId: string) => (peerId === lastProvider?.peerId ? lastProvider.cachedTokens : 0)
  return new Map(usable.map(peer => [peer.peerId, advertOffer(request, peer, cachedAt(peer.peerId))]))
}

function rankQuotes(mode: QuotingMode, scene: Scene): PolicyQuote[] {
  const usable = new Map(admissible(scene).map(candidate => [candidate.peerId, candidate]))
  const cap = scene.request.maxPricePerKiloToken ?? Number.POSITIVE_INFINITY
  const quotes = new Map<string, PolicyQuote>()
  const offers: Offer[] = []
  for (const quote of scene.quotes) {
    const candidate = usable.get(quote.peerId)
    if (candidate === undefined || quote.ageMs > QUOTE_KEPT_MS || (quote.pricePerKiloToken ?? 0) > cap) continue
    quotes.set(quote.peerId, quote)
    offers.push(quoteOffer(scene.request, candidate, quote))
  }
  return mode.rankQuotes(offers, scene.random).map(({ peerId }) => quotes.get(peerId)!)
}
