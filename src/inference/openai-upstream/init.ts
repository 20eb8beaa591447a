import type { InferenceEngine } from '../../interface/index.ts'

/** What the operator says of the models behind an upstream server, where the server itself does not say it. */
export type UpstreamFeature = 'images' | 'thoughts' | 'embeddings' | 'rerank'

/** All of them, as the command line takes them. */
export const UPSTREAM_FEATURES: readonly UpstreamFeature[] = ['images', 'thoughts', 'embeddings', 'rerank']

/** Answered at once when neither the operator nor the server says how many: servers batch, a laptop's does not mind. */
export const DEFAULT_UPSTREAM_SLOTS = 8

/** Tells of what happens, for the node's log. Never given content or the key. */
export type UpstreamLog = (level: 'info' | 'warn' | 'error', event: string, fields?: Record<string, unknown>) => void

/** What `upstreamEngine` takes. */
export interface UpstreamEngineInit {
  /** Where the server is: `http://127.0.0.1:8000`, with or without `/v1`. Redirects are never followed. */
  url: string
  /** Sent as `authorization: Bearer`. @default none */
  key?: string
  /** Only these of the server's models, by name. @default all, 24 at most */
  models?: readonly string[]
  /** Requests given to the server at once; others wait in a queue that is fair between peers. @default the server's own number, else 8 */
  slots?: number
  /** Tokens of prompt and answer together, where the server does not say. @default 4096 */
  contextSizeTokens?: number
  /** @default what the server says */
  features?: readonly UpstreamFeature[]
  log?: UpstreamLog
  /** Between two looks at a healthy server, in milliseconds. @default 30000 */
  refreshMs?: number
  /** Longest wait for the first piece of an answer, in milliseconds. @default 300000 */
  firstPieceMs?: number
  /** Longest silence between two pieces, in milliseconds. @default 60000 */
  silenceMs?: number
  /** Between two signs of life, in milliseconds. @default 500 */
  progressMs?: number
}

/** An engine over a server that speaks OpenAI's API. */
export interface UpstreamEngine extends InferenceEngine {
  /** Looks at the server once, now. Throws what is wrong with it; the engine goes on looking all the same. */
  refresh(signal?: AbortSignal): Promise<void>
}
