import type { LlamaModel } from 'node-llama-cpp'
import { BadModelError } from '../../../interface/index.ts'
import type { GgufHeader } from '../ipc.ts'
import { normalised } from './text-model.ts'
import { openReader } from './text-reader.ts'

/** Architectures that turn text into vectors. */
const EMBEDDING_ARCHITECTURE = /bert|t5encoder|embed/
const PROBE_CONTEXT_TOKENS = 128

/** What a model does that answers no prompts; nothing for one that does. Throws `BadModelError` for one of no use. */
export function textTaskOf({ architecture, pools, ranks }: GgufHeader): 'embeddings' | 'rerank' | undefined {
  if (ranks) return 'rerank'
  if (pools) return 'embeddings'
  if (!EMBEDDING_ARCHITECTURE.test(architecture)) return undefined
  throw new BadModelError(`${architecture} is for vectors, but the file does not say how a text becomes one of them`)
}

/** Tries a model for vectors or ranks with one short text. Throws `BadModelError`, or what the library throws. */
export async function probeTexts(model: LlamaModel, header: GgufHeader): Promise<void> {
  const contextSizeTokens = Math.min(PROBE_CONTEXT_TOKENS, header.trainContextTokens || PROBE_CONTEXT_TOKENS)
  const reader = await openReader(model, header, contextSizeTokens)
  if (reader.task === 'rerank') {
    const score = await reader.context.rank('Hello', 'Hello')
    if (!(score >= 0 && score <= 1)) throw new BadModelError('it computes scores that are not numbers')
    return
  }
  try {
    normalised((await reader.context.getEmbeddingFor('Hello')).vector)
  } catch (cause) {
    throw new BadModelError('it computes vectors that are not numbers', { cause })
  }
}
