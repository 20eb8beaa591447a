import { beforeAll, describe, expect, it } from 'vitest'
import { DEFAULTS } from '../../../bench/sim/config.ts'
import type { Summary } from '../../../bench/sim/measures.ts'
import { simulate } from '../../../bench/sim/simulate.ts'
import { GUIDE_LIMITS, SHIPPED_LIMITS, timeLimitsOf } from '../../../bench/sim/time-limits.ts'

/** S1 of `routing.md` section 4, small: the figures are of simulated time, so that no machine is too slow for them. */
const SMALL = { providers: 200, load: 0.3, measuredMs: 120_000 }

describe('the shipped policy, simulated', () => {
  let rec: Summary
  let oracle: Summary

  beforeAll(() => {
    rec = simulate(SMALL)
    oracle = simulate({ ...SMALL, policy: 'oracle', arm: 'F' })
  })

  it('answers 99.5 % with a tenth of the listed peers dead', () => {
    expect(rec.requests).toBeGreaterThan(300)
    expect(rec.success).toBeGreaterThanOrEqual(0.995)
  })

  it('has a 95th percentile of the first token within 1.6 of an oracle that sees all queues', () => {
    expect(oracle.success).toBe(1)
    expect(rec.firstToken.p95).toBeLessThanOrEqual(1.6 * oracle.firstToken.p95)
  })

  it('asks for few quotes and hedges little', () => {
    // An asker of ten requests has its share of 15 % in whole hedges, and the first one free.
    expect(rec.probes).toBeLessThan(5)
    expect(rec.hedges).toBeLessThan(0.25)
  })

  it('is ahead of the policies that look at no speed by far', () => {
    for (const policy of ['lru', 'nataris', 'random']) {
      const other = simulate({ ...SMALL, policy, arm: 'FH' })
      expect(other.firstToken.p95, policy).toBeGreaterThan(5 * rec.firstToken.p95)
    }
  })

  it('comes to the same numbers again, and to others with another seed', () => {
    expect(simulate(SMALL)).toEqual(rec)
    expect(simulate({ ...SMALL, seed: 2 })).not.toEqual(rec)
  })
})

describe('what is simulated', () => {
  it('offers every policy the same requests', () => {
    const [rec, oracle] = ['rec', 'oracle'].map(policy => simulate({ ...SMALL, policy }).requests)
    // Later turns wait for the answer to the one before, so that a few more or fewer fall into the span.
    expect(Math.abs(rec! - oracle!)).toBeLessThan(0.05 * oracle!)
  })

  it('fails without failover where peers are dead, and not where none is', () => {
    const base = { ...SMALL, policy: 'random', arm: 'base' } as const
    expect(simulate(base).success).toBeLessThan(0.97)
    expect(simulate({ ...base, deadShare: 0, load: 0.02 }).success).toBeGreaterThan(simulate(base).success)
  })

  it('waits for providers as nodes do where a policy ships, and as the guide has it elsewhere', () => {
    expect(timeLimitsOf(DEFAULTS, true)).toBe(SHIPPED_LIMITS)
    expect(timeLimitsOf(DEFAULTS, false)).toBe(GUIDE_LIMITS)
    expect(timeLimitsOf({ ...DEFAULTS, timeLimits: 'guide' }, true)).toBe(GUIDE_LIMITS)
    expect(simulate({ ...SMALL, timeLimits: 'guide' })).not.toEqual(simulate(SMALL))
    const oracle = { ...SMALL, policy: 'oracle', arm: 'F' } as const
    expect(simulate({ ...oracle, timeLimits: 'guide' })).toEqual(simulate(oracle))
  })

  it('knows every arm', () => {
    expect(() => simulate({ policy: 'prequel' })).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  })
})
