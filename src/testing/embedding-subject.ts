import assert from 'node:assert/strict'
import type { EmbedOptions, EmbedResult, ModelInfo, RerankResult } from '../interface/index.ts'
import type { Bench } from './conformance-subject.ts'

/** What every test of vectors and ranks works with. */
export interface EmbeddingBench extends Bench {
  /** The model under test. */
  model: ModelInfo
  /** What requests call it. */
  wanted: string
}

/** Asks for vectors. */
export async function embedOf(
  { engine, wanted }: EmbeddingBench,
  inputs: string[],
  options?: EmbedOptions,
  deadlineMs?: number
): Promise<EmbedResult> {
  assert.ok(engine.embed !== undefined, 'the engine has embed')
  return await engine.embed({ model: wanted, inputs, ...(deadlineMs !== undefined && { deadlineMs }) }, options)
}

/** Asks for ranks. */
export async function rerankOf(
  { engine, wanted }: EmbeddingBench,
  query: string,
  documents: string[],
  options?: EmbedOptions,
  deadlineMs?: number
): Promise<RerankResult> {
  assert.ok(engine.rerank !== undefined, 'the engine has rerank')
  const request = { model: wanted, query, documents, ...(deadlineMs !== undefined && { deadlineMs }) }
  return await engine.rerank(request, options)
}
