import { describe, expect, it } from 'vitest'
import { decideWithGpu } from '../../../src/inference/llama/child/gpu-memory.ts'
import { InsufficientMemoryError } from '../../../src/interface/index.ts'

const GIB = 2 ** 30
const needs = {
  totalBytes: 16 * GIB,
  availableBytes: 10 * GIB,
  weightsBytes: 8 * GIB,
  cacheBytesPerToken: 64 * 1024,
  slots: 4,
  contextSizeTokens: 8192
}
const card = { gpu: 'cuda', layersOnGpu: 33, layers: 33, vramTotalBytes: 12 * GIB, vramFreeBytes: 11 * GIB }

describe('decideWithGpu', () => {
  it('asks the machine for nothing but the library when all is on a card', () => {
    const decision = decideWithGpu(needs, { ...card, unifiedBytes: 0 })
    expect(decision).toMatchObject({ slots: 4, contextSizeTokens: 8192 })
    expect(decision.needBytes).toBeLessThan(GIB)
    expect(decision.text).toMatch(
      /^33 of 33 layers on cuda, 11.00 of 12.00 GiB of VRAM free; in system memory: 4 x 8192 tokens need 0.19 GiB/
    )
  })

  it('counts the layers that are not on the card, with their cache, and steps down', () => {
    const decision = decideWithGpu(needs, { ...card, layersOnGpu: 11, unifiedBytes: 0 })
    // Two thirds of 8 GiB of weights leave room in 6 GiB for the cache of one slot, and all of them for none.
    expect(decision).toMatchObject({ slots: 1, contextSizeTokens: 8192 })
    expect(() => decideWithGpu(needs, { ...card, layersOnGpu: 0, unifiedBytes: 0 })).toThrow(InsufficientMemoryError)
  })

  it('counts everything where the GPU shares the memory of the machine', () => {
    const shared = { ...card, gpu: 'metal', unifiedBytes: 12 * GIB }
    expect(() => decideWithGpu(needs, shared)).toThrow(/of 16.00 GiB only 10.00 GiB are free/)
    expect(decideWithGpu({ ...needs, weightsBytes: 3 * GIB }, shared).text).toContain('(shared with the machine)')
  })
})
