import {
  type AcceptIf,
  type Candidate,
  type GenerateRequest,
  type Quote,
  type QuoteRequest,
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
  /** Tokens that the rest of the answer is expected to have. */
  expectedTokens: () => number
  /** The tag that a peer gave in this conversation. */
  tagOf: (peerId: string) => Uint8Array | undefined
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

/** For an attempt, to help the provider that has the request, or to take it over from one that is slow. */
export type ChooseWhy = 'attempt' | 'help' | 'move'

/** Largest number of a bound on the wire. */
const MAX_BOUND = 0xffffffff

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
  async choose(candidates: readonly Candidate[], now: GenerateRequest, why: ChooseWhy): Promise<Chosen | undefined> {
    const seen = this.#seen(candidates)
    const attempt = why === 'attempt' ? this.#attempt : this.#attempt + 1
    const plan = this.#init.policy.plan(this.#scene(seen, now, attempt))
    const byId = new Map(seen.map(candidate => [candidate.advert.peerId, candidate]))
    const ask = async (peerIds: readonly string[], bounds: { enough: number; deadlineMs: number }) => {
      if (peerIds.length === 0 || this.#init.quote === undefined) return
      await this.#quotes.ask(peerIds, peerId => this.#question(peerId, now, seen[0]?.model.digest), bounds)
    }
    const answers = ask(plan.quote, plan)
    const { dispatch } = plan
    const planned = byId.get(dispatch?.peerId ?? '')
    if (planned !== undefined && dispatch !== undefined) {
      // Nobody moves to an offer that is not known.
      if (why === 'move' && this.#quotes.of(dispatch.peerId) === undefined) {
        await ask([dispatch.peerId], { enough: Number.POSITIVE_INFINITY, deadlineMs: plan.deadlineMs })
      }
      return this.#chosen(planned, this.#init.quote && dispatch.acceptIf)
    }
    await answers
    const ranked = this.#init.policy.rank(this.#scene(seen, now, attempt))
    const candidate = byId.get(ranked[0]?.peerId ?? '') ?? seen.find(({ advert }) => !this.#refused.has(advert.peerId))
    return candidate && this.#chosen(candidate)
  }

  /** What a peer promised for this request just now, if it was asked. */
  quoteOf(peerId: string): Quote | undefined {
    return this.#quotes.of(peerId)
  }

  /** A tag goes to the peer that made it, and the lengths to all. */
  #question(peerId: string, now: GenerateRequest, digest: string | undefined): QuoteRequest {
    const { conversationTag: _ofOne, ...untagged } = now
    const tag = this.#asked.tagOf(peerId)
    const tagged = { ...untagged, model: digest ?? now.model, ...(tag && { conversationTag: tag }) }
    return quoteQuestion(tagged, this.#asked.expectedTokens())
  }

  #chosen(candidate: Candidate, acceptIf?: AcceptIf): Chosen {
    const quote = this.#quotes.of(candidate.advert.peerId)
    const { maxPricePerKiloToken } = this.#asked
    const bounds: AcceptIf = {
      ...(acceptIf && rounded(acceptIf, Math.ceil)),
      ...(acceptIf?.totalMs !== undefined && { expectedTokens: this.#asked.expectedTokens() }),
      // Rounded down: a cap is never gone above.
      ...(maxPricePerKiloToken !== undefined && rounded({ pricePerKiloToken: maxPricePerKiloToken }, Math.floor))
    }
    const isBound = Object.keys(bounds).length > 0
    return { candidate, ...(isBound && { acceptIf: bounds }), ...(quote && { quote }) }
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

  #scene(candidates: readonly Candidate[], now: GenerateRequest, attempt: number): Scene {
    const { lastTurn } = this.#asked
    return {
      request: this.#shape(now),
      attempt,
      candidates: candidates.map(candidate => this.#candidate(candidate)),
      ...(lastTurn && { lastProvider: lastTurn }),
      quotes: this.#quotes.all(),
      refused: this.#refused,
      random: this.#init.random
    }
  }

  #shape(now: GenerateRequest): RequestShape {
    const { maxPricePerKiloToken, expectedTokens } = this.#asked
    const question = quoteQuestion(now, expectedTokens())
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

/** As they are sent: whole, and no larger than fits. An advert's numbers may be a stranger's fancy. */
function rounded(bounds: AcceptIf, round: (value: number) => number): AcceptIf {
  return Object.fromEntries(Object.entries(bounds).map(([name, value]) => [name, Math.min(MAX_BOUND, round(value))]))
}
