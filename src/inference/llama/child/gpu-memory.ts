import { decideMemory, type MemoryDecision, type MemoryNeeds } from './memory-gate.ts'

/** What is known once the library has placed the weights. Sizes in bytes. */
export interface GpuPlacement {
  /** Kind of GPU. */
  gpu: string
  layersOnGpu: number
  /** All layers, with the one that makes tokens of the last state. */
  layers: number
  vramTotalBytes: number
  vramFreeBytes: number
  /** How much of the VRAM is memory of the machine; 0 for a card with its own. */
  unifiedBytes: number
}

/**
 * The gate for the part of a model that stays in the memory of the machine. That is everything where the GPU has no
 * memory of its own, else the layers that are not on it, with their caches. `needs` are those of the whole model, with
 * the memory as it was before loading. Throws `InsufficientMemoryError`.
 */
export function decideWithGpu(needs: MemoryNeeds, placement: GpuPlacement): MemoryDecision {
  const { gpu, layersOnGpu, layers, vramTotalBytes, vramFreeBytes, unifiedBytes } = placement
  const share = unifiedBytes > 0 ? 1 : 1 - Math.min(1, Math.max(0, layersOnGpu) / Math.max(1, layers))
  const decision = decideMemory({
    ...needs,
    weightsBytes: needs.weightsBytes * share,
    cacheBytesPerToken: needs.cacheBytesPerToken * share,
    bytesPerPair: (needs.bytesPerPair ?? 0) * share
  })
  const vram = `${gibibytes(vramFreeBytes)} of ${gibibytes(vramTotalBytes)} GiB of VRAM free`
  const kind = unifiedBytes > 0 ? ' (shared with the machine)' : ''
  const where = `${Math.min(layersOnGpu, layers)} of ${layers} layers on ${gpu}, ${vram}${kind}`
  return { ...decision, text: `${where}; in system memory: ${decision.text}` }
}

function gibibytes(bytes: number): string {
  return (Math.max(0, bytes) / 2 ** 30).toFixed(2)
}
