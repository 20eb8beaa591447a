import type { PrivateKey } from '@libp2p/interface'
import {
  type AcceptIf,
  BusyError,
  type GenerateRequest,
  type InferenceEngine,
  type Quote,
  type QuoteRequest,
  quoteOf,
  quoteQuestion,
  toP2paiError,
  totalMs
} from '../interface/index.ts'
import { sealQuote } from '../protocols/quote/index.ts'
import type { Admit } from './requesters.ts'

/** A quote costs a signature, so a peer gets few at once and then four a second; one request asks four peers once. */
export const QUOTE_BURST = 32
export const QUOTE_REFILL_MS = 250

/** Why there is no promise, where the code of an error says it. */
const TELLING: readonly Quote['status'][] = ['model_not_found', 'refused', 'busy', 'engine_stopped']

/** What a node's terms are made from. */
export interface TermsInit {
  /** The engines of this machine. */
  engine: InferenceEngine
  key: PrivateKey
  /** Micro-credits for 1,000 tokens. */
  pricePerKiloToken: () => number
  /** Throws for a peer that is not served at all. */
  admit: Admit
  /** Whether this peer may have one more quote signed now. @default always */
  maySign?: (peerId: string) => boolean
  /** Called with each quote that a peer gets. */
  onPromise?: (peerId: string, quote: Quote) => void
}

/** On what terms this node takes requests of others: quotes, and the judgement of their bounds. */
export class Terms {
  readonly #init: TermsInit

  constructor(init: TermsInit) {
    this.#init = init
  }

  /** What a request of this peer would cost now. Never throws: what cannot be answered has a status that says so. */
  async quote(request: QuoteRequest, peerId: string): Promise<Quote> {
    const quote = await this.#reckon(request, peerId)
    this.#init.onPromise?.(peerId, quote)
    return quote
  }

  /**
   * A sealed quote when the bounds of the request cannot be met now. Throws `BusyError` for a peer that has had too
   * many: a refusal costs as much as a quote, so a request on a condition is no way around the limit of quotes.
   */
  async declines(request: GenerateRequest, peerId: string): Promise<Uint8Array | undefined> {
    const question = quoteQuestion(request, request.acceptIf?.expectedTokens)
    const quote = await this.#reckon(question, peerId)
    // What is wrong beside the bounds is for the engine to say.
    if (quote.status !== 'ok' || keeps(quote, request.acceptIf ?? {}, question.expectedTokens)) return undefined
    if (this.#init.maySign?.(peerId) === false) {
      throw new BusyError('the bounds of the request cannot be met now', { details: { retryAfterMs: QUOTE_REFILL_MS } })
    }
    this.#init.onPromise?.(peerId, quote)
    return await sealQuote(quote, { nonce: new Uint8Array(0), asker: peerId }, this.#init.key)
  }

  async #reckon(request: QuoteRequest, peerId: string): Promise<Quote> {
    const { engine, admit, pricePerKiloToken } = this.#init
    try {
      admit(peerId)
      if (engine.quote === undefined) return noQuote(request, 'model_not_found')
      const quote = await engine.quote(request, { tenant: peerId })
      return { ...quote, pricePerKiloToken: Math.ceil(pricePerKiloToken()) }
    } catch (error) {
      const { code } = toP2paiError(error)
      return noQuote(request, TELLING.find(status => status === code) ?? 'internal')
    }
  }
}

function keeps(quote: Quote, bounds: AcceptIf, expectedTokens: number): boolean {
  const { firstTokenMs, totalMs: wholeMs, pricePerKiloToken } = bounds
  return (
    (firstTokenMs === undefined || quote.firstTokenMs <= firstTokenMs) &&
    (wholeMs === undefined || totalMs(quote, expectedTokens) <= wholeMs) &&
    (pricePerKiloToken === undefined || quote.pricePerKiloToken <= pricePerKiloToken)
  )
}

function noQuote(request: QuoteRequest, status: Quote['status']): Quote {
  const model = {
    name: request.model,
    digest: '',
    state: 'cold' as const,
    contextSizeTokens: 0,
    sizeBytes: 0,
    parameterCount: 0,
    quantization: '',
    features: { chat: false, schema: false, logprobs: 0, tools: false, resume: false },
    builtIn: false,
    prefillTokensPerSecond: 0,
    decodeTokensPerSecond: 0,
    loadMs: 0
  }
  return { ...quoteOf(request, { model }), status, slots: { total: 0, free: 0 } }
}
