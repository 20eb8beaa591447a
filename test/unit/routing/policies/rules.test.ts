import { describe, expect, it } from 'vitest'
import {
  hedgeDelayMs,
  isSlowStream,
  isWorthMoving,
  mayHedge,
  observeTrust,
  WorkingSet
} from '../../../../src/routing/index.ts'
import { evenDraws } from './fixtures.ts'

describe('hedges', () => {
  it.each([
    ['twice the quote and a second', { quotedFirstTokenMs: 400, ownP90Ms: 9_000 }, 1_800],
    ['the own ninth decile', { quotedFirstTokenMs: 4_000, ownP90Ms: 3_000 }, 3_000],
    ['never before a second', { quotedFirstTokenMs: 0, ownP90Ms: 10 }, 1_000],
    ['an assumed decile at first', {}, 15_000]
  ])('come after %s', (_, input, delayMs) => {
    expect(hedgeDelayMs(input)).toBe(delayMs)
  })

  it('are 15 % of the requests at most, but the first is allowed', () => {
    expect([mayHedge(0, 1), mayHedge(1, 6), mayHedge(14, 100), mayHedge(15, 100)]).toEqual([true, false, true, false])
  })
})

describe('a slow stream', () => {
  it('runs under half the quote, and moves for 0.6 of what is left', () => {
    expect([isSlowStream(4.9, 10), isSlowStream(5, 10)]).toEqual([true, false])
    expect([isWorthMoving(6_000, 10_000), isWorthMoving(6_001, 10_000)]).toEqual([true, false])
  })
})

describe('trust', () => {
  it('moves by 0.4 of the newest, within 0.7 and 6', () => {
    expect(observeTrust(undefined, { promisedMs: 1_000, observedMs: 3_000 })).toBeCloseTo(1.8, 9)
    expect(observeTrust(1, { promisedMs: 1_000, observedMs: 1e9 })).toBeCloseTo(3, 9)
    expect(observeTrust(1, { promisedMs: 1_000, observedMs: 1 })).toBeCloseTo(0.88, 9)
  })

  it('finds a peer that claims three times its speed within three answers', () => {
    let trust: number | undefined
    for (let answer = 0; answer < 3; answer++) trust = observeTrust(trust, { promisedMs: 2_000, observedMs: 6_000 })
    expect(trust).toBeGreaterThan(2.5)
  })

  it('does not hold jitter against short promises, nor nonsense against anybody', () => {
    expect(observeTrust(1, { promisedMs: 1, observedMs: 300 })).toBe(1)
    expect(observeTrust(1, { promisedMs: 0, observedMs: Number.NaN })).toBe(1)
  })
})

describe('the working set', () => {
  const known = Array.from({ length: 200 }, (_, index) => `p${index}`)

  it('stays, but for a quarter that is drawn anew every ten minutes', () => {
    const set = new WorkingSet({ random: evenDraws() })
    const first = new Set(set.members(known, 0))
    expect(first.size).toBe(48)
    expect(new Set(set.members(known, 599_999))).toEqual(first)
    const kept = set.members(known, 600_000).filter(peerId => first.has(peerId))
    expect(kept.length).toBeGreaterThanOrEqual(36)
    expect(kept.length).toBeLessThan(48)
  })

  it('fills the places of those that are gone', () => {
    const set = new WorkingSet({ random: evenDraws() })
    const gone = set.members(known, 0)[0]!
    const left = known.filter(peerId => peerId !== gone)
    const members = set.members(left, 1)
    expect(new Set(members).size).toBe(48)
    expect(members).not.toContain(gone)
  })

  it('is all where there are few, and never repeats one', () => {
    const set = new WorkingSet({ random: evenDraws() })
    expect(set.members(known.slice(0, 20), 0).toSorted()).toEqual(known.slice(0, 20).toSorted())
    expect(new Set(set.draw(known, 4, new Set(known.slice(0, 196))))).toEqual(new Set(known.slice(196)))
    expect(set.draw([], 4, new Set())).toEqual([])
  })
})
