import type { EngineStatus, ModelInfo } from './engine.ts'
import { requestBytes, roughTokens } from './prompt-size.ts'
import type { GenerateRequest } from './request.ts'

/** What a requester tells of a request to learn what it would cost. Lengths only, never the prompt. */
export interface QuoteRequest {
  /** A model's name, a digest prefix or `auto`, as in the request that may follow. */
  model: string
  /** Tokens of the prompt, estimated. */
  promptTokens: number
  /** Length of the answer that the requester expects. */
  expectedTokens: number
  /** What the provider gave in `end` of the last turn: only the one that saw the text can match its prefix. */
  conversationTag?: Uint8Array
}

/** Whether a provider would take a request: `ok`, or the code of the error that it would answer with. */
export type QuoteStatus =
  | 'ok'
  | 'busy'
  | 'model_not_found'
  | 'context_length_exceeded'
  | 'refused'
  | 'engine_stopped'
  | 'internal'

/** What a provider promises for one request, computed from its real queue, caches and measured speeds. */
export interface Quote {
  status: QuoteStatus
  model: { name: string; digest: string }
  /** Until a slot is free. */
  waitMs: number
  /** Until the model is in memory; 0 when it is. */
  loadMs: number
  /** Tokens of the prompt that need not be read again. */
  cachedTokens: number
  /** Measured; 0 before the first measurement. */
  prefillTokensPerSecond: number
  decodeTokensPerSecond: number
  /** Wait, load and the reading of the prompt together. */
  firstTokenMs: number
  /** Micro-credits for 1,000 tokens, read or generated; 0 is free. */
  pricePerKiloToken: number
  /** How long the promise holds. */
  validMs: number
  slots: { total: number; free: number }
  queued: number
}

/** A promise about a queue is soon out of date; `routing.md` 3.3. */
export const QUOTE_VALID_MS = 1_500
/** Assumed until something was measured: a small model on an old laptop. */
export const ASSUMED_PREFILL_PER_SECOND = 200
export const ASSUMED_DECODE_PER_SECOND = 20

/** Median length of an answer, assumed until some were seen; `routing.md` section 2. */
export const ASSUMED_OUTPUT_TOKENS = 170

/** The question that belongs to a request. `expectedTokens` is what an answer to it has, if that can be said better. */
export function quoteQuestion(request: GenerateRequest, expectedTokens = ASSUMED_OUTPUT_TOKENS): QuoteRequest {
  const { model, maxTokens = Number.POSITIVE_INFINITY, conversationTag } = request
  return {
    model,
    promptTokens: roughTokens(requestBytes(request)),
    expectedTokens: Math.min(maxTokens, expectedTokens),
    ...(conversationTag && { conversationTag })
  }
}

/** What a quote is computed from. */
export interface QuoteFacts {
  model: ModelInfo
  /** Absent for a model that was never loaded. */
  status?: EngineStatus
  /** @default 0 */
  cachedTokens?: number
  /** @default 0 */
  pricePerKiloToken?: number
  /** The queue would not take it. @default false */
  isFull?: boolean
}

/** The quote of a model for a request. Pure: the same facts give the same quote. */
export function quoteOf(request: QuoteRequest, facts: QuoteFacts): Quote {
  const { model, status, pricePerKiloToken = 0 } = facts
  const cachedTokens = Math.min(facts.cachedTokens ?? 0, request.promptTokens)
  const total = status?.slots.total ?? 1
  const free = Math.max(0, total - (status?.slots.busy ?? 0))
  const waitMs = free > 0 ? 0 : (status?.waitMs ?? Math.round((status?.queuedMs ?? 0) / Math.max(1, total)))
  const loadMs = model.state === 'warm' ? 0 : model.loadMs
  const prefillMs =
    (1_000 * (request.promptTokens - cachedTokens)) / (model.prefillTokensPerSecond || ASSUMED_PREFILL_PER_SECOND)
  return {
    status: quoteStatus(request, model, facts.isFull),
    model: { name: model.name, digest: model.digest },
    waitMs,
    loadMs,
    cachedTokens,
    prefillTokensPerSecond: model.prefillTokensPerSecond,
    decodeTokensPerSecond: model.decodeTokensPerSecond,
    firstTokenMs: Math.round(waitMs + loadMs + prefillMs),
    pricePerKiloToken,
    validMs: QUOTE_VALID_MS,
    slots: { total, free },
    queued: status?.queued ?? 0
  }
}

/** When the whole answer would be there, after this many tokens. */
export function totalMs(quote: Quote, expectedTokens: number): number {
  return quote.firstTokenMs + (1_000 * expectedTokens) / (quote.decodeTokensPerSecond || ASSUMED_DECODE_PER_SECOND)
}

function quoteStatus(
  { promptTokens }: QuoteRequest,
  { state, contextSizeTokens }: ModelInfo,
  isFull = false
): QuoteStatus {
  if (state === 'failed' || state === 'quarantined') return 'engine_stopped'
  if (isFull) return 'busy'
  // The requester's count is an estimate, so only what is far too long is called so.
  return promptTokens > 2 * contextSizeTokens ? 'context_length_exceeded' : 'ok'
}
