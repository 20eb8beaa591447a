import { describe, expect, it } from 'vitest'
import { logNormal, seeded } from '../../../bench/sim/random.ts'
import { AnswerLengths, ExpectedLengths } from '../../../src/routing/index.ts'

/** Lengths around a median, with a deviation of 0.8 in the logarithm, as conversations have. */
function answers(median: number, count: number): number[] {
  const random = seeded(1)
  return Array.from({ length: count }, () => Math.round(logNormal(random, median, 0.8)))
}

describe('what remains of an answer', () => {
  it('is about what was expected at first, and never 0 before the end', () => {
    const lengths = new AnswerLengths()
    expect(lengths.meanRemaining({ expectedTokens: 200 })).toBeGreaterThan(150)
    expect(lengths.meanRemaining({ expectedTokens: 200 })).toBeLessThan(250)
    expect(lengths.meanRemaining({ expectedTokens: 200, generatedTokens: 1e6 })).toBe(70)
  })

  it('is more for an answer that is long already than what was expected less what is there', () => {
    const lengths = new AnswerLengths()
    for (const tokens of answers(170, 500)) lengths.learn(230, tokens)
    expect(lengths.meanRemaining({ expectedTokens: 230, generatedTokens: 230 })).toBeGreaterThan(120)
  })

  it('foretells lengths that it saw within a tenth, at every stage', () => {
    const seen = answers(170, 2_000)
    const lengths = new AnswerLengths()
    for (const tokens of seen) lengths.learn(230, tokens)
    for (const generatedTokens of [0, 50, 200, 400]) {
      const left = seen.filter(tokens => tokens > generatedTokens).map(tokens => tokens - generatedTokens)
      const mean = left.reduce((sum, tokens) => sum + tokens, 0) / left.length
      const foretold = lengths.meanRemaining({ expectedTokens: 230, generatedTokens })
      expect(foretold / mean, `after ${generatedTokens}`).toBeGreaterThan(0.85)
      expect(foretold / mean, `after ${generatedTokens}`).toBeLessThan(1.1)
    }
  })

  it('learns that a model answers at twice the length that askers expect', () => {
    const lengths = new AnswerLengths()
    for (let answer = 0; answer < 200; answer++) lengths.learn(100, 200)
    expect(lengths.meanRemaining({ expectedTokens: 100 })).toBeGreaterThan(180)
  })

  it('grows with the share of answers that it must hold for', () => {
    const lengths = new AnswerLengths()
    const shares = [0.1, 0.3, 0.5, 0.7, 0.9].map(share => lengths.remaining({ generatedTokens: 50 }, share))
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
    expect(shares[0]).toBeGreaterThan(0)
  })

  it('is bounded by the limit of the request', () => {
    const lengths = new AnswerLengths()
    expect(lengths.remaining({ generatedTokens: 90, maxTokens: 100 }, 0.9)).toBe(10)
    expect(lengths.remaining({ generatedTokens: 200, maxTokens: 100 }, 0.9)).toBe(0)
  })

  it('forgets: the newest answers count, however many there were', () => {
    const lengths = new AnswerLengths()
    for (let answer = 0; answer < 10_000; answer++) lengths.learn(100, 100)
    for (let answer = 0; answer < 3_000; answer++) lengths.learn(100, 400)
    expect(lengths.meanRemaining({ expectedTokens: 100 })).toBeGreaterThan(300)
  })

  it.each([Number.NaN, -1, 0, Number.POSITIVE_INFINITY])(
    'stays a number when a stranger expects %d tokens',
    expected => {
      const lengths = new AnswerLengths()
      lengths.learn(expected, 100)
      expect(lengths.meanRemaining({ expectedTokens: expected })).toBeGreaterThan(0)
      expect(lengths.meanRemaining({ expectedTokens: expected })).toBeLessThan(1e9)
    }
  )
})

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
