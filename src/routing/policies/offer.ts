import type { HardwareClass } from '../../interface/index.ts'
import type { PolicyCandidate, PolicyQuote, RequestShape } from './policy.ts'

/** What a peer is expected to do with the request: foretold from its advert, or promised in its quote. */
export interface Offer {
  peerId: string
  firstTokenMs: number
  totalMs: number
  tokensPerSecond: number
  pricePerKiloToken: number
}

/**
 * Speeds of a peer that has measured none yet, so that it can be ranked at all: the middle of the device classes of
 * `routing.md` section 2, for a model of the size that such a device runs.
 */
const UNMEASURED: Record<HardwareClass, { prefill: number; decode: number }> = {
  server: { prefill: 6_700, decode: 120 },
  desktop: { prefill: 1_500, decode: 60 },
  laptop: { prefill: 240, decode: 19 },
  phone: { prefill: 55, decode: 6 },
  browser: { prefill: 55, decode: 4 }
}
/** Tokens of a typical answer, for the least wait at a peer whose slots are full. */
const TYPICAL_TOKENS = 230
/** No prompt is free: the last tokens are evaluated even when all is cached. */
const LEAST_PREFILL_TOKENS = 16

/** What an advert lets expect. `cachedTokens` is what the asker itself knows to be in this peer's cache. */
export function advertOffer(request: RequestShape, candidate: PolicyCandidate, cachedTokens = 0): Offer {
  const { model, hardwareClass, peerId, rttMs = 0, trust = 1, pricePerKiloToken = 0 } = candidate
  const unmeasured = UNMEASURED[hardwareClass]
  const prefill = positive(model.prefillTokensPerSecond, unmeasured.prefill)
  const decode = positive(model.decodeTokensPerSecond, unmeasured.decode)
  const isBusy = model.slots.free <= 0 || model.queued > 0
  // A full peer that advertises no wait is still full: half an answer, over its slots, must pass before one is free.
  const leastWaitMs = (0.5 * 1_000 * TYPICAL_TOKENS) / decode / model.slots.total
  const waitMs = isBusy ? Math.max(model.waitMs, leastWaitMs) : 0
  const unread = Math.max(LEAST_PREFILL_TOKENS, request.promptTokens - cachedTokens)
  const firstTokenMs = waitMs + (model.warm ? 0 : model.loadMs) + (1_000 * unread) / prefill
  return withTrust({ peerId, firstTokenMs, tokensPerSecond: decode, pricePerKiloToken }, request, trust, rttMs)
}

/** What a quote promises, as far as the peer is trusted. */
export function quoteOffer(request: RequestShape, candidate: PolicyCandidate, quote: PolicyQuote): Offer {
  const { peerId, firstTokenMs, pricePerKiloToken = 0 } = quote
  const tokensPerSecond = positive(quote.decodeTokensPerSecond, Number.MIN_VALUE)
  const said = { peerId, firstTokenMs, tokensPerSecond, pricePerKiloToken }
  return withTrust(said, request, candidate.trust ?? 1, candidate.rttMs ?? 0)
}

function withTrust(
  said: Omit<Offer, 'totalMs'>,
  { expectedTokens }: RequestShape,
  trust: number,
  rttMs: number
): Offer {
  const firstTokenMs = said.firstTokenMs * trust + rttMs
  const tokensPerSecond = said.tokensPerSecond / trust
  return { ...said, firstTokenMs, tokensPerSecond, totalMs: firstTokenMs + (1_000 * expectedTokens) / tokensPerSecond }
}

/** Numbers come from strangers: what is no speed is none. */
function positive(value: number, otherwise: number): number {
  return value > 0 && Number.isFinite(value) ? value : otherwise
}
