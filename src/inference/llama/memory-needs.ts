import { machineMemory } from '../memory/machine-memory.ts'
import { decideMemory, type MemoryNeeds } from './child/memory-gate.ts'
import type { GgufHeader, LoadOptions } from './ipc.ts'

/** Of what is loaded, as far as it decides about memory. */
type LoadSize = Pick<LoadOptions, 'header' | 'slots' | 'contextSizeTokens' | 'weightsBytes'>

/** Bytes of a 32-bit float. */
const FLOAT = 4
/** Copies of a token's state that a graph holds at once, with room for the wider middle of its layers. */
const STATES_AT_ONCE = 16

/** Keys and values of one token in every layer, two bytes each. */
function cacheBytesPerToken({ headCountKv, keyLength, valueLength, blockCount }: GgufHeader): number {
  return 2 * blockCount * headCountKv * (keyLength + valueLength)
}

/** What loading a model needs, and what the machine has now. Asked on both sides of the process boundary. */
export async function memoryNeeds({ header, slots, contextSizeTokens, weightsBytes }: LoadSize): Promise<MemoryNeeds> {
  const needs = { ...(await machineMemory()), weightsBytes, slots, contextSizeTokens }
  const cache = cacheBytesPerToken(header)
  if (!header.pools && !header.ranks) return { ...needs, cacheBytesPerToken: cache }
  // Vectors and ranks are made of a text as a whole, so that all its tokens are in work at once.
  const states = FLOAT * STATES_AT_ONCE * header.embeddingLength
  return { ...needs, cacheBytesPerToken: cache + states, bytesPerPair: FLOAT * header.headCount }
}

/** The context that one slot would get, in tokens, if so many more bytes were free; 0 when the model does not fit. */
export function contextRoom(needs: MemoryNeeds, freedBytes: number): number {
  const availableBytes = Math.min(needs.totalBytes, needs.availableBytes + freedBytes)
  try {
    return decideMemory({ ...needs, slots: 1, availableBytes }).contextSizeTokens
  } catch {
    // `InsufficientMemoryError` is all that it throws, and 0 says the same.
    return 0
  }
}
