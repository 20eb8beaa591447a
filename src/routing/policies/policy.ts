import type { AcceptIf, AdvertisedModel, HardwareClass } from '../../interface/index.ts'

/** What is known of a request before anybody answers it: lengths, never text. */
export interface RequestShape {
  /** Tokens to be read first, what was delivered of the answer already among them. */
  promptTokens: number
  /** Tokens of the answer that are still expected; at least 1. See `output-length.ts`. */
  expectedTokens: number
  /** The most micro-credits for 1,000 tokens. @default no cap */
  maxPricePerKiloToken?: number
}

/** A peer that serves the model, as the asker sees it: its advert, and what the asker found out itself. */
export interface PolicyCandidate {
  peerId: string
  hardwareClass: HardwareClass
  /** From the advert. All candidates of one scene serve the same model. */
  model: AdvertisedModel
  /** Since the peer wrote the advert, as far as that is known. */
  advertAgeMs: number
  /** Round trip, where it was measured. */
  rttMs?: number
  /** Observed by promised completion, from `observeTrust`: above 1 it is slower than it says. @default 1 */
  trust?: number
  /** It failed lately and rests. @default false */
  isSuspect?: boolean
  /** Since this asker last sent it a request; absent is never. */
  lastUsedAgoMs?: number
  /** Micro-credits for 1,000 tokens. @default 0 */
  pricePerKiloToken?: number
  /** 0 nominal, 1 fair, 2 serious, 3 critical. @default 0 */
  thermal?: number
  /** Memory that the model could be loaded into. @default enough */
  freeMemoryBytes?: number
}

/** What a peer promised for this request. */
export interface PolicyQuote {
  peerId: string
  /** Until a slot is free. */
  waitMs: number
  /** Until the first token, by the provider's count: queue, loading and prefill. */
  firstTokenMs: number
  decodeTokensPerSecond: number
  /** @default 0 */
  pricePerKiloToken?: number
  /** Since the quote arrived. Older ones than `QUOTE_KEPT_MS` are not used. */
  ageMs: number
}

/** All that a policy decides from. Nothing else goes in, so that the simulator and the node run the same code. */
export interface Scene {
  request: RequestShape
  /** 1 for the first peer that is given the request; one more for every failure and for the hedge. */
  attempt: number
  /** Who may be chosen: not tried, not denied by the user. The last provider of the conversation stands among them. */
  candidates: readonly PolicyCandidate[]
  /** Who answered the conversation's last turn, and how much of the prompt it should have in its cache. */
  lastProvider?: { peerId: string; cachedTokens: number }
  /** Quotes at hand: what came in, what a refusal brought, what is left of an earlier attempt. */
  quotes: readonly PolicyQuote[]
  /** Peers that refused the condition of a dispatch. They may be chosen by their quote, which the refusal brought. */
  refused?: ReadonlySet<string>
  /** Uniform in [0, 1). */
  random: () => number
}

/** What to do next. With neither a dispatch nor a quote there is nobody to ask. */
export interface Plan {
  /** Gets the request at once. With `acceptIf` it takes it or refuses before any work, with its quote. */
  dispatch?: { peerId: string; acceptIf?: AcceptIf }
  /** Asked for quotes at the same time, best first. */
  quote: readonly string[]
  /** Decide when this many quotes are in, the one of a refusal among them, */
  enough: number
  /** or after this time, by what came until then. */
  deadlineMs: number
}

/** One way to choose who answers. Pure: the same scene and the same draws give the same plan. */
export interface RoutingPolicy {
  readonly name: string
  /**
   * Which candidates it wants to see: a random working set (`WorkingSet`) and a few fresh ones, or all that are known.
   * Askers that all choose from the same peers crowd them.
   */
  readonly sees: 'working-set' | 'all'
  /** Whom to ask for a quote, and whom to give the request to without waiting for quotes. */
  plan(scene: Scene): Plan
  /** The quotes of the scene that may be taken, best first. The first gets the request, the others wait as failover. */
  rank(scene: Scene): PolicyQuote[]
}

/** How long a quote is worth something after it arrived, as in `routing.md` 3.4. */
export const QUOTE_KEPT_MS = 2_500
/** How long quotes are waited for, and a conditional dispatch is, beyond one round trip. */
export const QUOTE_DEADLINE_MS = 400
/** Adverts that a policy with a working set also sees, drawn anew for each request. */
export const FRESH_CANDIDATES = 4

/** A plan that asks nobody for a quote. */
export function dispatchTo(peerId: string | undefined, acceptIf?: AcceptIf): Plan {
  const dispatch = peerId === undefined ? undefined : { peerId, ...(acceptIf && { acceptIf }) }
  return { ...(dispatch && { dispatch }), quote: [], enough: 0, deadlineMs: QUOTE_DEADLINE_MS }
}
