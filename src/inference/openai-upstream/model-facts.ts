import { createHash } from 'node:crypto'
import { MAX_LOGPROBS, type ModelFeatures, type ModelInfo } from '../../interface/index.ts'
import type { UpstreamFeature } from './init.ts'
import type { ListedModel } from './listing.ts'
import type { ServerKind } from './server-kind.ts'

/** What servers told beside their listing, and what the operator said. */
export interface ModelHints {
  kind: ServerKind
  contextSizeTokens?: number | undefined
  quantization?: string | undefined
  images?: boolean | undefined
  thoughts?: boolean | undefined
  tools?: boolean | undefined
  embeddings?: boolean | undefined
  /** The operator's words count for what no server tells. */
  told: readonly UpstreamFeature[]
}

/** A model of a server as engines describe theirs. Speeds come from what was measured. */
export function upstreamModelInfo(listed: ListedModel, hints: ModelHints, defaultContextTokens: number): ModelInfo {
  const { id, max_model_len, meta, p2pai } = listed
  const context =
    hints.contextSizeTokens ?? p2pai?.context_size_tokens ?? max_model_len ?? meta?.n_ctx_train ?? defaultContextTokens
  return {
    name: id,
    digest: p2pai?.digest && /^[0-9a-f]{64}$/.test(p2pai.digest) ? p2pai.digest : digestOfName(id),
    state: 'warm',
    contextSizeTokens: Math.min(0xffffffff, Math.max(1, Math.floor(context))),
    sizeBytes: Math.floor(meta?.size ?? 0),
    parameterCount: Math.floor(meta?.n_params ?? p2pai?.parameter_count ?? 0),
    quantization: (hints.quantization ?? p2pai?.quantization ?? '').slice(0, 32),
    features: featuresOf(listed, hints),
    builtIn: false,
    prefillTokensPerSecond: 0,
    decodeTokensPerSecond: 0,
    loadMs: 0
  }
}

/** There is no file to be hashed: who serves the same name is taken to serve the same model. */
export function digestOfName(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

function featuresOf({ p2pai }: ListedModel, hints: ModelHints): ModelFeatures {
  const { told } = hints
  const says = (name: UpstreamFeature, hint?: boolean): boolean =>
    hint ?? (p2pai?.features?.[name] === true || told.includes(name))
  const embeddings = says('embeddings', hints.embeddings)
  const rerank = says('rerank')
  const chat = !embeddings && !rerank
  return {
    chat,
    schema: chat,
    logprobs: chat ? MAX_LOGPROBS : 0,
    tools: chat && (hints.tools ?? (hints.kind !== 'p2pai' || p2pai?.features?.tools === true)),
    resume: false,
    embeddings,
    rerank,
    images: chat && says('images', hints.images),
    thoughts: chat && says('thoughts', hints.thoughts)
  }
}
