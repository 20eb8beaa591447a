import { createHash } from 'node:crypto'
import {
  ContextLengthExceededError,
  type EmbedRequest,
  type RerankRequest,
  validateEmbedRequest,
  validateRerankRequest
} from '../interface/index.ts'
import { scriptedTokens } from './scripted-answer.ts'

/** Length of every scripted vector. */
export const SCRIPTED_DIMENSIONS = 8

/** Work that is known before it begins: one value for each text. */
export interface ScriptedBatch<Value> {
  values: Value[]
  promptTokens: number
}

/** Vectors of length 1 drawn from a hash, so that equal texts have equal vectors. Throws what an engine throws. */
export function scriptedVectors(request: EmbedRequest, contextSizeTokens: number): ScriptedBatch<Float32Array> {
  const { inputs } = validateEmbedRequest(request)
  const promptTokens = countTokens(inputs, 'inputs', contextSizeTokens)
  return { values: inputs.map(vectorOf), promptTokens }
}

/** The share of the query's words that a document has. Throws what an engine throws. */
export function scriptedScores(request: RerankRequest, contextSizeTokens: number): ScriptedBatch<number> {
  const { query, documents } = validateRerankRequest(request)
  const pairs = documents.map(document => `${query} ${document}`)
  const promptTokens = countTokens(pairs, 'documents', contextSizeTokens)
  const wanted = wordsOf(query)
  const scoreOf = (document: string) => {
    const found = wordsOf(document)
    return [...wanted].filter(word => found.has(word)).length / Math.max(1, wanted.size)
  }
  return { values: documents.map(scoreOf), promptTokens }
}

function countTokens(texts: readonly string[], field: string, contextSizeTokens: number): number {
  return texts.reduce((sum, text, index) => {
    const promptTokens = scriptedTokens(text).length
    if (promptTokens <= contextSizeTokens) return sum + promptTokens
    throw new ContextLengthExceededError(
      `${field}[${index}] has ${promptTokens} tokens, the context holds ${contextSizeTokens}`,
      { details: { field: `${field}[${index}]`, promptTokens, contextSizeTokens } }
    )
  }, 0)
}

function vectorOf(text: string): Float32Array {
  const hash = createHash('sha256').update(text).digest()
  const raw = Array.from({ length: SCRIPTED_DIMENSIONS }, (_, index) => hash.readInt32LE(index * 4) / 2 ** 31)
  const norm = Math.hypot(...raw)
  return Float32Array.from(raw, value => value / norm)
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu))
}
