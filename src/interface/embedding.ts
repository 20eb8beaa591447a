import type { AcceptedEvent, ProgressEvent } from './events.ts'
import type { GenerateOptions } from './request.ts'

/** Texts to turn into vectors. */
export interface EmbedRequest {
  /**
   * A model's name, a digest prefix of at least 12 hex digits, or `auto` for any embedding model. Vectors of two models
   * cannot be compared, so whoever keeps them names the model, or looks at the one in the result.
   */
  model: string
  /** 1 to 256 texts, none empty, at most 1 MiB together. A text longer than the model's context is refused, never cut. */
  inputs: string[]
  /** Milliseconds that remain until the answer is worthless. @default none */
  deadlineMs?: number
  /** As in `GenerateRequest`. */
  keepAliveMs?: number
}

/** Documents to be ranked by how well they answer a query. */
export interface RerankRequest {
  /** As in `EmbedRequest`; `auto` takes any model that can rank. */
  model: string
  query: string
  /** 1 to 256 documents; query and documents together have at most 1 MiB. */
  documents: string[]
  /** @default none */
  deadlineMs?: number
}

/** What both kinds of answer tell beside their numbers. */
export interface EmbedFacts {
  model: { name: string; digest: string }
  /** Tokens that were read. */
  promptTokens: number
  /** Who answered. Absent when it is the engine asked itself. */
  provider?: { peerId: string }
}

/** One vector for each input, in their order, all of one length; normalised to length 1. */
export interface EmbedResult extends EmbedFacts {
  vectors: Float32Array[]
}

/** One score for each document, in their order: 0 to 1, higher is better. */
export interface RerankResult extends EmbedFacts {
  scores: number[]
}

/** What goes with a request for vectors or ranks. */
export interface EmbedOptions extends GenerateOptions {
  /**
   * Hears what comes before the result: `accepted` when the request is taken (again when another provider takes
   * over), then `progress` at least once a second, where `prefill` counts the texts that are done. Must not throw.
   */
  onEvent?(event: AcceptedEvent | ProgressEvent): void
}
