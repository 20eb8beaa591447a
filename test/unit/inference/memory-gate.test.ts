import { describe, expect, it } from 'vitest'
import { decideMemory } from '../../../src/inference/llama/child/memory-gate.ts'
import { InsufficientMemoryError } from '../../../src/interface/index.ts'

const GIB = 2 ** 30
const needs = {
  totalBytes: 8 * GIB,
  availableBytes: 8 * GIB,
  weightsBytes: 1 * GIB,
  cacheBytesPerToken: 64 * 1024,
  slots: 4,
  contextSizeTokens: 8192
}

describe('decideMemory', () => {
  it('takes what was asked for when a quarter stays free', () => {
    const decision = decideMemory(needs)
    expect(decision).toMatchObject({ slots: 4, contextSizeTokens: 8192 })
    expect(needs.availableBytes - decision.needBytes).toBeGreaterThanOrEqual(needs.totalBytes / 4)
  })

  it('steps down slots first, then the context, and says which numbers decided', () => {
    const fewer = decideMemory({ ...needs, availableBytes: 4.5 * GIB })
    expect(fewer).toMatchObject({ slots: 2, contextSizeTokens: 8192 })
    expect(fewer.text).toMatch(/2 x 8192 tokens need .* GiB of 4.50 GiB free; 4 x 8192 would leave less than a quarter/)
    const smaller = decideMemory({ ...needs, availableBytes: 3.5 * GIB })
    expect(smaller).toMatchObject({ slots: 1, contextSizeTokens: 4096 })
  })

  it('counts what grows with the square of the context, and steps down to where it fits', () => {
    // 48 bytes a pair are 3 GiB at 8,192 tokens and 0.75 GiB at 4,096.
    const reading = { ...needs, slots: 1, cacheBytesPerToken: 0, bytesPerPair: 48 }
    const whole = decideMemory(reading)
    expect(whole.contextSizeTokens).toBe(8192)
    expect(whole.needBytes - decideMemory({ ...reading, contextSizeTokens: 4096 }).needBytes).toBe(2.25 * GIB)
    expect(decideMemory({ ...reading, availableBytes: 5 * GIB }).contextSizeTokens).toBe(4096)
  })

  it('keeps a slot count between the steps when it fits', () => {
    expect(decideMemory({ ...needs, slots: 3, availableBytes: 4.8 * GIB })).toMatchObject({ slots: 3 })
  })

  it('refuses with the numbers when even one small slot does not fit', () => {
    expect(() => decideMemory({ ...needs, availableBytes: 2.5 * GIB })).toThrow(InsufficientMemoryError)
    expect(() => decideMemory({ ...needs, availableBytes: 2.5 * GIB })).toThrow(/of 8.00 GiB only 2.50 GiB are free/)
  })
})
