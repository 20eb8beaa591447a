import type { EmbedOptions, EmbedRequest, EmbedResult, RerankRequest, RerankResult } from './embedding.ts'
import type { EngineEvent } from './events.ts'
import type { Quote, QuoteRequest } from './quote.ts'
import type { GenerateOptions, GenerateRequest } from './request.ts'
import type { ScoreOptions, ScoreRequest, ScoreResult } from './score.ts'
import type { Standing } from './standing.ts'

/** What a model can do beyond plain chat. */
export interface ModelFeatures {
  /** Takes conversations. `auto` picks only such models. */
  chat: boolean
  /** Answers bound to a JSON schema. */
  schema: boolean
  /** Most likeliest tokens that can be reported beside the chosen one. */
  logprobs: number
  tools: boolean
  /** Continues an answer begun elsewhere. */
  resume: boolean
  /** Turns texts into vectors. @default false */
  embeddings?: boolean
  /** Ranks documents against a query. @default false */
  rerank?: boolean
  /** Reads images in messages. @default false */
  images?: boolean
  /** Reasons before it answers, in deltas of the channel `thought`. @default false */
  thoughts?: boolean
  /** Compares answers of others with its own, by one reading and without writing. @default false */
  score?: boolean
}

/**
 * `cold`: can be loaded now. `loading`, `warm`: in memory. `failed`: did not load, and will be tried again.
 * `quarantined`: crashed its engine too often, and is not served.
 */
export type ModelState = 'cold' | 'loading' | 'warm' | 'failed' | 'quarantined'

/** A model that an engine holds. */
export interface ModelInfo {
  /** `name:size-quant`, as users type it, for example `smollm2:135m-q4_1`. */
  name: string
  /** SHA-256 of the GGUF, 64 hex digits, or of the name for an engine without a file. */
  digest: string
  state: ModelState
  /** Most tokens of prompt and answer together in one request. */
  contextSizeTokens: number
  sizeBytes: number
  /** 0 where it is not known. */
  parameterCount: number
  /** For example `Q4_1`; empty where it is not known. */
  quantization: string
  features: ModelFeatures
  /** The demonstration model that comes with p2pai; chosen only when there is no other. */
  builtIn: boolean
  /** Measured on this machine; 0 before the first measurement. */
  prefillTokensPerSecond: number
  decodeTokensPerSecond: number
  /** How long a cold start takes, measured or estimated from the size. */
  loadMs: number
}

/** How busy one model is now. */
export interface EngineStatus {
  model: string
  digest: string
  state: ModelState
  slots: { total: number; busy: number }
  /** Requests that wait for a slot. */
  queued: number
  /** Estimated work in the queue. */
  queuedMs: number
  /** How long a request that comes now would wait for a slot, running work counted; absent where nobody knows. */
  waitMs?: number
  /** When an idle model leaves the memory, milliseconds since 1970; absent while it works, and where it stays. */
  expiresAtMs?: number
  /** How often the engine's process was started again. */
  restarts: number
  /** Memory of the engine's process; 0 when it runs in this one. */
  rssBytes: number
  /** `cpu`, or the GPU's kind, and anything the user should know about the choice. */
  hardware: string
}

/**
 * Everything that answers a prompt: a GGUF in a child process, a peer, the whole network, the daemon of this
 * machine. Whoever holds one cannot tell which.
 *
 * @example
 * ```ts
 * for await (const event of engine.generate({ model: 'auto', messages: [textMessage('user', 'Hello')] })) {
 *   if (event.type === 'delta') process.stdout.write(event.text)
 * }
 * ```
 */
export interface InferenceEngine {
  /** What it is, for logs: `llama`, `network`, `scripted`, … */
  readonly kind: string
  /** The models that it can answer with now or after loading. */
  models(): Promise<ModelInfo[]>
  /** One entry a model. Cheap: it may be called at every change. */
  status(): EngineStatus[]
  /**
   * Answers a request. Work starts with the first `next()`; leaving the loop early cancels it.
   * Throws a `P2paiError`: `ModelNotFoundError`, `InvalidRequestError`, `ContextLengthExceededError`, `BusyError`,
   * `EngineCrashedError`, `AbortedError` and whatever else `error-table.ts` lists.
   */
  generate(request: GenerateRequest, options?: GenerateOptions): AsyncIterable<EngineEvent>
  /** Turns texts into vectors. Absent, or throws `UnsupportedFeatureError`, where no model can; else throws as `generate`. */
  embed?(request: EmbedRequest, options?: EmbedOptions): Promise<EmbedResult>
  /** Ranks documents. Absent, or throws `UnsupportedFeatureError`, where no model can; else throws as `generate`. */
  rerank?(request: RerankRequest, options?: EmbedOptions): Promise<RerankResult>
  /** Compares an answer with this model's own. Absent, or throws `UnsupportedFeatureError`, where no model can; else throws as `generate`. */
  score?(request: ScoreRequest, options?: ScoreOptions): Promise<ScoreResult>
  /** What a request would cost here now: cheap, and without the prompt. Absent where nothing better is known than `quoteOf` says. */
  quote?(request: QuoteRequest, options?: GenerateOptions): Promise<Quote>
  /** Whose turn weighs how much while requests wait for a slot. Absent where nobody waits. @default all the same */
  useStanding?(standing: Standing): void
  /** Calls `listener` when models or their states, slots full or free, have changed. Returns the way to stop it. */
  onChange?(listener: () => void): () => void
  /** Frees what it holds; running requests fail. Safe to call twice. */
  close(): Promise<void>
}
