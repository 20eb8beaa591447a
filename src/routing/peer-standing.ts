import { type Advert, ASSUMED_PREFILL_PER_SECOND, type ExpectedOffer, type PeerStanding } from '../interface/index.ts'
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
  const { directory, suspects, experience, reputation, policy } = init
  const trust = experience.trustOf(peerId)
  const known = reputation.of(peerId)
  const observed = experience.speedOf(peerId)
  const last = experience.lastQuoteOf(peerId)
  const advert = directory.get(peerId)
  const prefix = directory.prefixOf(peerId)
  return {
    jobs: known?.jobs ?? 0,
    failures: known?.failures ?? 0,
    trust,
    factor: trust * reputation.factorOf(peerId),
    ...(observed && { observed }),
    ...(last && { quote: quoteFacts(last) }),
    audits: known?.audits ?? { passed: 0, failed: 0, unclear: 0 },
    ...(known?.breachedAgoMs !== undefined && { breachedAgoMs: known.breachedAgoMs }),
    pauseMs: suspects.pauseMs(peerId),
    isLast: suspects.isResting(peerId),
    sameNetwork: directory.all().filter(other => directory.prefixOf(other.peerId) === prefix).length,
    policy,
    offers: advert === undefined ? [] : offersOf(advert, init)
  }
}

function quoteFacts({ quote, ageMs }: NonNullable<ReturnType<Experience['lastQuoteOf']>>): PeerStanding['quote'] {
  const { status, waitMs, loadMs, firstTokenMs, decodeTokensPerSecond, pricePerKiloToken } = quote
  return { ageMs: Math.round(ageMs), status, waitMs, loadMs, firstTokenMs, decodeTokensPerSecond, pricePerKiloToken }
}

/** Chat models alone: others are not chosen by time. */
function offersOf({ peerId, models }: Advert, init: StandingInit): ExpectedOffer[] {
  const { directory, experience, reputation, rttMs } = init
  return models
    .filter(({ features }) => features.chat)
    .map(({ name, digest }) => {
      const offers = directory.candidates(digest).map(({ advert, model }) => {
        const roundTripMs = rttMs?.(advert.peerId)
        return advertOffer(TYPICAL, {
          peerId: advert.peerId,
          hardwareClass: advert.hardwareClass,
          model,
          advertAgeMs: directory.ageMs(advert.peerId),
          trust: experience.trustOf(advert.peerId) * reputation.factorOf(advert.peerId),
          ...(roundTripMs !== undefined && { rttMs: roundTripMs })
        })
      })
      const own = offers.find(offer => offer.peerId === peerId)
      return { name, digest, offers, own }
    })
    .flatMap(({ name, digest, offers, own }) =>
      own === undefined
        ? []
        : [
            {
              model: name,
              digest,
              firstTokenMs: Math.round(own.firstTokenMs),
              totalMs: Math.round(own.totalMs),
              place: 1 + offers.filter(({ totalMs }) => totalMs < own.totalMs).length,
              providers: offers.length
            }
          ]
    )
}
