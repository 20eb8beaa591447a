import { z } from 'zod'
import {
  type EmbedRequest,
  EngineCrashedError,
  type RerankRequest,
  UnsupportedFeatureError
} from '../../interface/index.ts'
import type { ServerConnection } from './connection.ts'
import type { KindFacts } from './server-kind.ts'

/** Numbers of one vector; the longest of today's models have 8,192. */
const MAX_DIMENSIONS = 16_384

const vector = z.array(z.number()).min(1).max(MAX_DIMENSIONS)
const count = z.int().min(0).nullish()
const openaiVectors = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: vector })),
  usage: z.object({ prompt_tokens: count }).nullish()
})
const ollamaVectors = z.object({ embeddings: z.array(vector), prompt_eval_count: count })
const score = z.object({ index: z.int().min(0), relevance_score: z.number().nullish(), score: z.number().nullish() })
/** Two forms: Jina's, which most have, and SGLang's bare list. */
const ranks = z.union([
  z.object({
    results: z.array(score),
    usage: z.object({ prompt_tokens: count, total_tokens: count }).nullish()
  }),
  z.array(score).transform(results => ({ results, usage: undefined }))
])

/** What the server must be asked for. */
export interface VectorCall<Request> {
  connection: ServerConnection
  kind: KindFacts
  /** The server's name for the model. */
  model: string
  request: Request
  signal: AbortSignal
}

/** One vector of length 1 for each text, in their order. A text that is too long is an error: nothing is cut. */
export async function embedTexts({ connection, kind, model, request, signal }: VectorCall<EmbedRequest>) {
  const { inputs } = request
  if (kind.embedPath === '/api/embed') {
    const body = { model, input: inputs, truncate: false }
    const found = read(ollamaVectors, await connection.json('/api/embed', { body, signal }))
    return { vectors: normalised(found.embeddings, inputs.length), promptTokens: found.prompt_eval_count ?? 0 }
  }
  const body = { model, input: inputs, encoding_format: 'float' }
  const { data, usage } = read(openaiVectors, await connection.json('/v1/embeddings', { body, signal }))
  const inOrder = ordered(data, inputs.length).map(entry => entry.embedding)
  return { vectors: normalised(inOrder, inputs.length), promptTokens: usage?.prompt_tokens ?? 0 }
}

/** One score of 0 to 1 for each document, in their order. */
export async function rankDocuments({ connection, kind, model, request, signal }: VectorCall<RerankRequest>) {
  if (kind.rerank === undefined) {
    throw new UnsupportedFeatureError('the server behind this node ranks no documents', { details: { field: 'model' } })
  }
  const { query, documents } = request
  const body = { model, query, documents }
  const { results, usage } = read(ranks, await connection.json('/v1/rerank', { body, signal }))
  const scores = ordered(results, documents.length).map(({ relevance_score, score }) => {
    const value = relevance_score ?? score
    if (value === null || value === undefined) throw malformed()
    return kind.rerank === 'logits' ? 1 / (1 + Math.exp(-value)) : Math.min(1, Math.max(0, value))
  })
  return { scores, promptTokens: usage?.prompt_tokens ?? usage?.total_tokens ?? 0 }
}

/** Entries by their index; each must be there once. */
function ordered<Entry extends { index: number }>(entries: readonly Entry[], length: number): Entry[] {
  const byIndex = new Map(entries.map(entry => [entry.index, entry]))
  if (entries.length !== length || byIndex.size !== length) throw malformed()
  return Array.from({ length }, (_, index) => {
    const entry = byIndex.get(index)
    if (entry === undefined) throw malformed()
    return entry
  })
}

function normalised(vectors: readonly number[][], length: number): Float32Array[] {
  const dimensions = vectors[0]?.length
  if (vectors.length !== length || vectors.some(numbers => numbers.length !== dimensions)) throw malformed()
  return vectors.map(numbers => {
    const norm = Math.hypot(...numbers)
    if (!(norm > 0) || !Number.isFinite(norm)) throw malformed()
    return Float32Array.from(numbers, value => value / norm)
  })
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw malformed(parsed.error)
}

function malformed(cause?: unknown): EngineCrashedError {
  return new EngineCrashedError('the server behind this node answered with vectors or scores of no known form', {
    cause
  })
}
