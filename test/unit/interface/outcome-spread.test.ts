import { describe, expect, it } from 'vitest'
import { logNormal, seeded } from '../../../bench/sim/random.ts'
import { OutcomeSpread } from '../../../src/interface/index.ts'

/** Lengths around a median, with a deviation of 0.8 in the logarithm, as conversations have. */
function answers(median: number, count: number): number[] {
  const random = seeded(1)
  return Array.from({ length: count }, () => Math.round(logNormal(random, median, 0.8)))
}

describe('what remains of an answer', () => {
  it('is about what was expected at first, and never 0 before the end', () => {
    const spread = new OutcomeSpread()
    expect(spread.meanRemaining({ expected: 200 })).toBeGreaterThan(150)
    expect(spread.meanRemaining({ expected: 200 })).toBeLessThan(250)
    expect(spread.meanRemaining({ expected: 200, done: 1e6 })).toBe(70)
  })

  it('is more for an answer that is long already than what was expected less what is there', () => {
    const spread = new OutcomeSpread()
    for (const tokens of answers(170, 500)) spread.learn(230, tokens)
    expect(spread.meanRemaining({ expected: 230, done: 230 })).toBeGreaterThan(120)
  })

  it('foretells spread that it saw within a tenth, at every stage', () => {
    const seen = answers(170, 2_000)
    const spread = new OutcomeSpread()
    for (const tokens of seen) spread.learn(230, tokens)
    for (const generatedTokens of [0, 50, 200, 400]) {
      const left = seen.filter(tokens => tokens > generatedTokens).map(tokens => tokens - generatedTokens)
      const mean = left.reduce((sum, tokens) => sum + tokens, 0) / left.length
      const foretold = spread.meanRemaining({ expected: 230, done: generatedTokens })
      expect(foretold / mean, `after ${generatedTokens}`).toBeGreaterThan(0.85)
      expect(foretold / mean, `after ${generatedTokens}`).toBeLessThan(1.1)
    }
  })

  it('learns that a model answers at twice the length that askers expect', () => {
    const spread = new OutcomeSpread()
    for (let answer = 0; answer < 200; answer++) spread.learn(100, 200)
    expect(spread.meanRemaining({ expected: 100 })).toBeGreaterThan(180)
  })

  it('grows with the share of answers that it must hold for', () => {
    const spread = new OutcomeSpread()
    const shares = [0.1, 0.3, 0.5, 0.7, 0.9].map(share => spread.remaining({ expected: 200, done: 50 }, share))
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
    expect(shares[0]).toBeGreaterThan(0)
  })

  it('is bounded by the limit of the request', () => {
    const spread = new OutcomeSpread()
    expect(spread.remaining({ expected: 200, done: 90, most: 100 }, 0.9)).toBe(10)
    expect(spread.remaining({ expected: 200, done: 200, most: 100 }, 0.9)).toBe(0)
  })

  it('forgets: the newest answers count, however many there were', () => {
    const spread = new OutcomeSpread()
    for (let answer = 0; answer < 10_000; answer++) spread.learn(100, 100)
    for (let answer = 0; answer < 3_000; answer++) spread.learn(100, 400)
    expect(spread.meanRemaining({ expected: 100 })).toBeGreaterThan(300)
  })

  it.each([Number.NaN, -1, 0, Number.POSITIVE_INFINITY])(
    'stays a number when a stranger expects %d tokens',
    expected => {
      const spread = new OutcomeSpread()
      spread.learn(expected, 100)
      expect(spread.meanRemaining({ expected })).toBeGreaterThan(0)
      expect(spread.meanRemaining({ expected })).toBeLessThan(1e9)
    }
  )
})
