import {
  type AcceptIf,
  type Candidate,
  type GenerateRequest,
  type Quote,
  quoteQuestion,
  type RemoteQuote,
  type ThermalState
} from '../interface/index.ts'
import type { LastTurn } from './conversations.ts'
import type { Experience } from './experience.ts'
import {
  FRESH_CANDIDATES,
  type PolicyCandidate,
  type RequestShape,
  type RoutingPolicy,
  type Scene
} from './policies/index.ts'
import { withinPrefixShare } from './prefix-limit.ts'
import { QuoteBook } from './quote-book.ts'
import type { Reputation } from './reputation.ts'
import { drawPeers } from './working-set.ts'

const THERMAL: Record<ThermalState, number> = { nominal: 0, fair: 1, serious: 2, critical: 3 }

/** What choosing among providers needs, for the life of a node. */
export interface ProviderChoiceInit {
  policy: RoutingPolicy
  experience: Experience
  /** What became of requests to peers. @default nothing is known */
  reputation?: Pick<Reputation, 'factorOf'>
  /** Absent where no quotes can be asked for; then adverts alone decide. */
  quote?: RemoteQuote
  /** The network that a peer is in. */
  prefixOf: (peerId: string) => string
  /** Since the peer wrote its advert. */
  advertAgeMs: (peerId: string) => number
  /** Round trip, where it was measured. */
  rttMs?: (peerId: string) => number | undefined
  random: () => number
}

/** A request as far as the choice depends on it. */
export interface ChoiceRequest {
  request: GenerateRequest
  expectedTokens: number
  lastTurn: LastTurn | undefined
  maxPricePerKiloToken: number | undefined
  /** The request is over. */
  signal: AbortSignal
}

/** Who was chosen, and on which terms. */
export interface Chosen {
  candidate: Candidate
  /** Bounds that it must meet to take the request. */
  acceptIf?: AcceptIf
  /** What it promised, if it was asked. */
  quote?: Quote
}

/** Chooses providers for one request by a policy: by adverts, by quotes, and by what was found out before. */
export class ProviderChoice {
  readonly #init: ProviderChoiceInit
  readonly #asked: ChoiceRequest
  readonly #quotes: QuoteBook
  readonly #refused = new Set<string>()
  #attempt = 1

  constructor(init: ProviderChoiceInit, asked: ChoiceRequest) {
    this.#init = init
    this.#asked = asked
    this.#quotes = new QuoteBook(init.quote ?? noQuotes, asked.signal, (peerId, quote) =>
      init.experience.quoted(peerId, quote)
    )
  }

  /** A provider failed or hangs, and another is looked for. */
  failed(): void {
    this.#attempt++
  }

  /** A provider did not take the request on its condition, and said what it offers; or did not know conditions. */
  refused(peerId: string, quote: Quote | undefined): void {
    this.#refused.add(peerId)
    if (quote !== undefined) this.#quotes.add(peerId, quote)
  }

  /** The best of these, which serve one model and are in the order of their adverts. Asks them for quotes as the policy wants. */
  async choose(candidates: readonly Candidate[], now: GenerateRequest): Promise<Chosen | undefined> {
    const seen = this.#seen(candidates)
    const plan = this.#init.policy.plan(this.#scene(seen, now))
    const byId = new Map(seen.map(candidate => [candidate.advert.peerId, candidate]))
    const question = quoteQuestion({ ...now, model: seen[0]?.model.digest ?? now.model }, this.#asked.expectedTokens)
    const isAsking = plan.quote.length > 0 && this.#init.quote !== undefined
    const answers = isAsking ? this.#quotes.ask(plan.quote, question, plan) : undefined
    if (plan.dispatch !== undefined) {
      const candidate = byId.get(plan.dispatch.peerId)
      const { acceptIf } = plan.dispatch
      if (candidate !== undefined) return this.#chosen(candidate, this.#init.quote && acceptIf)
    }
    await answers
    const ranked = this.#init.policy.rank(this.#scene(seen, now))
    const candidate = byId.get(ranked[0]?.peerId ?? '') ?? seen.find(({ advert }) => !this.#refused.has(advert.peerId))
    return candidate && this.#chosen(candidate)
  }

  /** What a peer promised for this request, if it was asked. */
  quoteOf(peerId: string): Quote | undefined {
    return this.#quotes.of(peerId)
  }

  #chosen(candidate: Candidate, acceptIf?: AcceptIf): Chosen {
    const quote = this.#quotes.of(candidate.advert.peerId)
    const { maxPricePerKiloToken, expectedTokens } = this.#asked
    const timed = acceptIf?.totalMs === undefined ? acceptIf : { ...acceptIf, expectedTokens }
    const bounds = maxPricePerKiloToken === undefined ? timed : { ...timed, pricePerKiloToken: maxPricePerKiloToken }
    return { candidate, ...(bounds && { acceptIf: whole(bounds) }), ...(quote && { quote }) }
  }

  /** A random part of them, so that askers do not all crowd the same, and of no network more than its share. */
  #seen(candidates: readonly Candidate[]): Candidate[] {
    const { policy, experience, prefixOf } = this.#init
    const shared = withinPrefixShare(candidates, prefixOf)
    const digest = shared[0]?.model.digest
    if (policy.sees === 'all' || digest === undefined) return shared
    const peerIds = shared.map(({ advert }) => advert.peerId)
    const present = new Set(peerIds)
    const known = { peerIds, has: (peerId: string) => present.has(peerId) }
    const members = new Set(experience.workingSet(digest).members(known, performance.now()))
    const last = this.#asked.lastTurn?.peerId
    if (last !== undefined) members.add(last)
    for (const fresh of drawPeers(peerIds, FRESH_CANDIDATES, members, this.#init.random)) members.add(fresh)
    return shared.filter(({ advert }) => members.has(advert.peerId))
  }

  #scene(candidates: readonly Candidate[], now: GenerateRequest): Scene {
    const { lastTurn } = this.#asked
    return {
      request: this.#shape(now),
      attempt: this.#attempt,
      candidates: candidates.map(candidate => this.#candidate(candidate)),
      ...(lastTurn && { lastProvider: lastTurn }),
      quotes: this.#quotes.all(),
      refused: this.#refused,
      random: this.#init.random
    }
  }

  #shape(now: GenerateRequest): RequestShape {
    const { maxPricePerKiloToken, expectedTokens } = this.#asked
    const question = quoteQuestion(now, expectedTokens)
    return {
      promptTokens: question.promptTokens,
      expectedTokens: Math.max(1, question.expectedTokens),
      ...(maxPricePerKiloToken !== undefined && { maxPricePerKiloToken })
    }
  }

  #candidate({ advert, model }: Candidate): PolicyCandidate {
    const { peerId, hardwareClass, thermal, pricePerKiloToken, freeMemoryBytes } = advert
    const { experience, reputation, advertAgeMs, rttMs } = this.#init
    const roundTripMs = rttMs?.(peerId)
    const lastUsedAgoMs = experience.lastUsedAgoMs(peerId)
    return {
      peerId,
      hardwareClass,
      model,
      advertAgeMs: advertAgeMs(peerId),
      trust: experience.trustOf(peerId) * (reputation?.factorOf(peerId) ?? 1),
      ...(roundTripMs !== undefined && { rttMs: roundTripMs }),
      ...(lastUsedAgoMs !== undefined && { lastUsedAgoMs }),
      ...(pricePerKiloToken !== undefined && { pricePerKiloToken }),
      ...(thermal && { thermal: THERMAL[thermal] }),
      ...(freeMemoryBytes !== undefined && { freeMemoryBytes })
    }
  }
}

async function noQuotes(): Promise<never> {
  throw new Error('there are no quotes here')
}

function whole(bounds: AcceptIf): AcceptIf {
  return Object.fromEntries(Object.entries(bounds).map(([name, value]) => [name, Math.ceil(value)]))
}
