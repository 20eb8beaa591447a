import type { LlamaModel } from 'node-llama-cpp'
import type { GgufHeader } from '../ipc.ts'
import type { TextReader } from './text-model.ts'

/** Makes the context that fits a model for vectors or ranks. */
export async function openReader(
  model: LlamaModel,
  header: GgufHeader,
  contextSizeTokens: number
): Promise<TextReader> {
  // The library wants one token more than it takes, and such models read a text in one batch.
  const sizes = { contextSize: contextSizeTokens + 1, batchSize: contextSizeTokens + 1 }
  if (header.ranks) return { task: 'rerank', context: await model.createRankingContext(sizes) }
  return { task: 'embeddings', context: await model.createEmbeddingContext(sizes) }
}
