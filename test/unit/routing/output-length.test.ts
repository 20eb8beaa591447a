import { describe, expect, it } from 'vitest'
import { logNormal, seeded } from '../../../bench/sim/random.ts'
import { ExpectedLengths } from '../../../src/routing/output-length.ts'

/** Lengths around a median, with a deviation of 0.8 in the logarithm, as conversations have. */
function answers(median: number, count: number): number[] {
  const random = seeded(1)
  return Array.from({ length: count }, () => Math.round(logNormal(random, median, 0.8)))
}

describe('what an asker expects', () => {
  it('is the assumed length of an answer at first, and no more than the limit', () => {
    const lengths = new ExpectedLengths()
    expect(lengths.expect({ model: 'm' })).toBeCloseTo(230, 6)
    expect(lengths.expect({ model: 'm', maxTokens: 20 })).toBe(20)
    expect(lengths.expect({ model: 'm', maxTokens: 0 })).toBe(1)
  })

  it('follows the conversation at once, the model slowly, and others hardly', () => {
    const lengths = new ExpectedLengths()
    for (let turn = 0; turn < 2; turn++) lengths.learn({ model: 'm', conversation: 'long' }, 1_000)
    const same = lengths.expect({ model: 'm', conversation: 'long' })
    const model = lengths.expect({ model: 'm', conversation: 'new' })
    const other = lengths.expect({ model: 'other' })
    expect(same).toBeGreaterThan(700)
    expect(model).toBeGreaterThan(other)
    expect(other).toBeGreaterThan(230)
    expect(other).toBeLessThan(400)
  })

  it('comes near the mean of what a model gave', () => {
    const lengths = new ExpectedLengths()
    const seen = answers(60, 300)
    for (const tokens of seen) lengths.learn({ model: 'm' }, tokens)
    const mean = seen.reduce((sum, tokens) => sum + tokens, 0) / seen.length
    expect(lengths.expect({ model: 'm' }) / mean).toBeGreaterThan(0.85)
    expect(lengths.expect({ model: 'm' }) / mean).toBeLessThan(1.15)
  })
})
