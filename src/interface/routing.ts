import type { Advert, AdvertisedModel } from './capabilities.ts'
import type { EmbedOptions, EmbedRequest, EmbedResult, RerankRequest, RerankResult } from './embedding.ts'
import type { EngineEvent } from './events.ts'
import type { ModelTask } from './model-task.ts'
import type { Quote, QuoteRequest } from './quote.ts'
import type { GenerateRequest, RouteOptions } from './request.ts'
import type { ScoreRequest, ScoreResult } from './score.ts'

/** How a peer's advert came here. */
export type AdvertOrigin = 'gossip' | 'direct' | 'exchange'

/** A peer that serves a model that was asked for. */
export interface Candidate {
  advert: Advert
  model: AdvertisedModel
}

/** Finds providers that no advert has told of yet. */
export interface ProviderSource {
  readonly name: string
  /**
   * Looks for providers of a model and sees to it that their adverts reach the directory. Ends by `signal` at the
   * latest. `task`: what the model shall do, where `model` leaves that open. @default 'chat'
   */
  search(model: string, signal: AbortSignal, task?: ModelTask): Promise<void>
}

/**
 * Opens one request with one peer: the wire, as routing sees it. Throws `ProviderUnreachableError`,
 * `ProviderSilentError`, `ProviderLostError`, `ProtocolError`, `RefusedError` when it would cost more than may be paid,
 * or what the provider said. `route` bounds what may be paid. @default the node's own bounds
 */
export type RemoteGenerate = (
  peer: string,
  request: GenerateRequest,
  signal: AbortSignal,
  route?: RouteOptions
) => AsyncIterable<EngineEvent>

/** Vectors and ranks of one peer: the wire, as routing sees it. Throws like `RemoteGenerate`. */
export interface RemoteEmbed {
  embed(
    peer: string,
    request: EmbedRequest,
    signal: AbortSignal,
    onEvent?: EmbedOptions['onEvent']
  ): Promise<EmbedResult>
  rerank(
    peer: string,
    request: RerankRequest,
    signal: AbortSignal,
    onEvent?: EmbedOptions['onEvent']
  ): Promise<RerankResult>
}

/** The score of an answer by one peer: the wire, as routing sees it. Throws like `RemoteGenerate`. */
export type RemoteScore = (peer: string, request: ScoreRequest, signal: AbortSignal) => Promise<ScoreResult>

/** Asks one peer what a request would cost. Throws like `RemoteGenerate`; ends by `signal`. */
export type RemoteQuote = (peer: string, request: QuoteRequest, signal: AbortSignal) => Promise<Quote>
