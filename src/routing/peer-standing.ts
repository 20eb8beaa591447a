import {
  ASSUMED_PREFILL_PER_SECOND,
  type ExpectedOffer,
  type PeerConduct,
  type PeerRank,
  type PeerStanding
} from '../interface/index.ts'
import type { ProviderDirectory } from './directory.ts'
import type { Experience } from './experience.ts'
import { ASSUMED_ANSWER_TOKENS } from './output-length.ts'
import { advertOffer } from './policies/offer.ts'
import type { Reputation } from './reputation.ts'
import type { Suspects } from './suspects.ts'

/** A prompt that reads in a second on a machine of which nothing is known. */
const TYPICAL = { promptTokens: ASSUMED_PREFILL_PER_SECOND, expectedTokens: ASSUMED_ANSWER_TOKENS }

/** What a standing is made from. */
export interface StandingInit {
  directory: ProviderDirectory
  suspects: Suspects
  experience: Experience
  reputation: Reputation
  policy: string
  rttMs?: (peerId: string) => number | undefined
}

/** Why a peer ranks where it does. */
export function standingOf(peerId: string, init: StandingInit): PeerStanding {
  const { directory, experience, reputation, policy } = init
  const known = reputation.of(peerId)
  const observed = experience.speedOf(peerId)
  const last = experience.lastQuoteOf(peerId)
  const prefix = directory.prefixOf(peerId)
  const digests = new Set((directory.get(peerId)?.models ?? []).map(({ digest }) => digest))
  return {
    ...conductOf(peerId, init),
    ...(observed && { observed }),
    ...(last && { quote: quoteFacts(last) }),
    audits: known?.audits ?? { passed: 0, failed: 0, unclear: 0 },
    ...(known?.breachedAgoMs !== undefined && { breachedAgoMs: known.breachedAgoMs }),
    sameNetwork: directory.all().filter(other => directory.prefixOf(other.peerId) === prefix).length,
    policy,
    offers: placesOf(init, digest => digests.has(digest)).get(peerId) ?? []
  }
}

/** The same in short, for every provider that is known. */
export function ranks(init: StandingInit): (peerId: string) => PeerRank {
  const places = placesOf(init)
  return peerId => {
    const [best] = (places.get(peerId) ?? []).sort((a, b) => a.place - b.place || b.providers - a.providers)
    return { ...conductOf(peerId, init), ...(best && { offer: best }) }
  }
}

function conductOf(peerId: string, { suspects, experience, reputation }: StandingInit): PeerConduct {
  const trust = experience.trustOf(peerId)
  const known = reputation.of(peerId)
  const pauseMs = suspects.pauseMs(peerId)
  const isLast = suspects.isResting(peerId)
  // Who lied and has served its time may be left out again for quite another reason.
  const isForLie = pauseMs > 0 ? reputation.pauseMs(peerId) > 0 : reputation.isLast(peerId)
  return {
    jobs: known?.jobs ?? 0,
    failures: known?.failures ?? 0,
    trust,
    factor: trust * reputation.factorOf(peerId),
    pauseMs,
    isLast,
    ...((pauseMs > 0 || isLast) && { leftOutFor: isForLie ? 'lie' : 'failure' })
  }
}

function quoteFacts({ quote, ageMs }: NonNullable<ReturnType<Experience['lastQuoteOf']>>): PeerStanding['quote'] {
  const { status, waitMs, loadMs, firstTokenMs, decodeTokensPerSecond, pricePerKiloToken } = quote
  return { ageMs: Math.round(ageMs), status, waitMs, loadMs, firstTokenMs, decodeTokensPerSecond, pricePerKiloToken }
}

/** Places of all providers with each of these files. Chat models alone: others are not chosen by time. */
function placesOf(
  { directory, experience, reputation, rttMs }: StandingInit,
  isWanted: (digest: string) => boolean = () => true
): Map<string, ExpectedOffer[]> {
  const offered = directory.all().flatMap(advert => advert.models.map(model => ({ advert, model })))
  const asked = offered.filter(({ model }) => model.features.chat && model.slots.total > 0 && isWanted(model.digest))
  const places = new Map<string, ExpectedOffer[]>()
  for (const [digest, candidates] of Map.groupBy(asked, ({ model }) => model.digest)) {
    const offers = candidates.map(({ advert: { peerId, hardwareClass }, model }) => {
      const roundTripMs = rttMs?.(peerId)
      const offer = advertOffer(TYPICAL, {
        peerId,
        hardwareClass,
        model,
        advertAgeMs: directory.ageMs(peerId),
        trust: experience.trustOf(peerId) * reputation.factorOf(peerId),
        ...(roundTripMs !== undefined && { rttMs: roundTripMs })
      })
      return { ...offer, name: model.name }
    })
    const fastestFirst = offers.map(({ totalMs }) => totalMs).sort((a, b) => a - b)
    for (const { peerId, name, firstTokenMs, totalMs } of offers) {
      const place = 1 + fastestFirst.indexOf(totalMs)
      const times = { firstTokenMs: Math.round(firstTokenMs), totalMs: Math.round(totalMs) }
      const before = places.get(peerId) ?? []
      places.set(peerId, [...before, { model: name, digest, ...times, place, providers: offers.length }])
    }
  }
  return places
}
