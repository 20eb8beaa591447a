import { machineMemory } from '../memory/machine-memory.ts'
import { decideMemory, type MemoryNeeds } from './child/memory-gate.ts'
import type { GgufHeader, LoadOptions } from './ipc.ts'

/** Of what is loaded, as far as it decides about memory. */
type LoadSize = Pick<LoadOptions, 'header' | 'slots' | 'contextSizeTokens' | 'weightsBytes'>

/** Keys and values of one token in every layer, two bytes each. */
export function cacheBytesPerToken({ headCountKv, keyLength, valueLength, blockCount }: GgufHeader): number {
  return 2 * blockCount * headCountKv * (keyLength + valueLength)
}

/**
 * What loading a model needs, and what the machine has now. Asked on both sides of the process boundary.
 * `bytesPerToken`: of the context, for each slot.
 */
export async function memoryNeeds(
  { header, slots, contextSizeTokens, weightsBytes }: LoadSize,
  bytesPerToken = cacheBytesPerToken(header)
): Promise<MemoryNeeds> {
  return { ...(await machineMemory()), weightsBytes, cacheBytesPerToken: bytesPerToken, slots, contextSizeTokens }
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
