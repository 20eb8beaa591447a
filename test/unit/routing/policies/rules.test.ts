import { describe, expect, it } from 'vitest'
import { PROFILES } from '../../../../src/node/profiles.ts'
import {
  Experience,
  hedgeDelayMs,
  isSlowStream,
  isWorthMoving,
  isWorthTying,
  mayHedge,
  mayTie
} from '../../../../src/routing/index.ts'
import { observeTrust } from '../../../../src/routing/trust.ts'
import { drawPeers, WorkingSet } from '../../../../src/routing/working-set.ts'
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

describe('ties', () => {
  const promise = (waitMs: number, firstTokenMs: number) => ({ waitMs, firstTokenMs, decodeTokensPerSecond: 20 })

  it('are for waits of a second and more', () => {
    expect([mayTie(promise(999, 9_000)), mayTie(promise(1_000, 1_000))]).toEqual([false, true])
  })

  it('need a second provider that costs no more than 1.5 times the first', () => {
    // 100 tokens at 20 a second are 5 s: 2 * 5 + 5 = 15 s, and 22.5 s are 1.5 times that.
    const first = promise(4_000, 5_000)
    expect(isWorthTying(first, promise(0, 8_750), 100)).toBe(true)
    expect(isWorthTying(first, promise(0, 8_751), 100)).toBe(false)
  })
})

describe('first tokens', () => {
  it('have no ninth decile before there are ten', () => {
    const experience = new Experience()
    for (let ms = 1; ms < 10; ms++) experience.firstToken(ms)
    expect(experience.p90FirstTokenMs).toBeUndefined()
    experience.firstToken(10)
    expect(experience.p90FirstTokenMs).toBe(9)
  })

  it('count as long as they are among the last 64', () => {
    const experience = new Experience()
    for (let count = 0; count < 64; count++) experience.firstToken(9_000)
    for (let count = 0; count < 60; count++) experience.firstToken(100)
    expect(experience.p90FirstTokenMs).toBe(100)
  })
})

describe('a slow stream', () => {
  it('runs under half the quote, and moves for 0.6 of what is left', () => {
    expect([isSlowStream(4.9, 10), isSlowStream(5, 10)]).toEqual([true, false])
    expect([isWorthMoving(6_000, 10_000), isWorthMoving(6_001, 10_000)]).toEqual([true, false])
  })
})

describe('trust', () => {
  const known = (mean: number) => ({ mean, answers: 5 })

  it('moves by 0.4 of the newest, within 0.7 and 6', () => {
    expect(observeTrust(known(1), { promisedMs: 1_000, observedMs: 3_000 })).toBeCloseTo(1.8, 9)
    expect(observeTrust(known(1), { promisedMs: 1_000, observedMs: 1e9 })).toBeCloseTo(3, 9)
    expect(observeTrust(known(1), { promisedMs: 1_000, observedMs: 1 })).toBeCloseTo(0.88, 9)
  })

  it('takes a stranger at what it does, not at its word: after one answer of three times what it claims it is at 2.6', () => {
    const late = { promisedMs: 2_000, observedMs: 6_000 }
    expect(observeTrust({ mean: 1, answers: 0 }, late)).toBeCloseTo(2.6, 9)
    expect(observeTrust({ mean: 2.6, answers: 1 }, late)).toBeCloseTo((1 * 0.25 + 2 * 3) / 2.25, 1)
    expect(observeTrust({ mean: 1, answers: 0 }, { ...late, weight: 0.5 })).toBeCloseTo(1.8, 9)
  })

  it('does not hold jitter against short promises, nor nonsense against anybody', () => {
    expect(observeTrust(known(1), { promisedMs: 1, observedMs: 300 })).toBe(1)
    expect(observeTrust(known(1), { promisedMs: 0, observedMs: Number.NaN })).toBe(1)
  })
})

describe('the working set', () => {
  it('of a phone has 16 members', () => {
    const { workingSetSize } = PROFILES.phone
    expect(new Experience({ workingSetSize }).workingSet('m').members(known(all), 0).size).toBe(16)
  })

  const all = Array.from({ length: 200 }, (_, index) => `p${index}`)
  const known = (peerIds: string[]) => ({ peerIds, has: (peerId: string) => peerIds.includes(peerId) })

  it('stays, but for a quarter that is drawn anew every ten minutes', () => {
    const set = new WorkingSet({ random: evenDraws() })
    const first = set.members(known(all), 0)
    expect(first.size).toBe(48)
    expect(set.members(known(all), 599_999)).toEqual(first)
    const kept = [...set.members(known(all), 600_000)].filter(peerId => first.has(peerId))
    expect(kept.length).toBeGreaterThanOrEqual(36)
    expect(kept.length).toBeLessThan(48)
  })

  it('fills the places of those that are gone', () => {
    const set = new WorkingSet({ random: evenDraws() })
    const [gone] = set.members(known(all), 0)
    const members = set.members(known(all.filter(peerId => peerId !== gone)), 1)
    expect(members.size).toBe(48)
    expect(members).not.toContain(gone)
  })

  it('is all where there are few', () => {
    const few = all.slice(0, 20)
    expect(new WorkingSet({ random: evenDraws() }).members(known(few), 0)).toEqual(new Set(few))
  })
})

describe('drawing peers', () => {
  const all = Array.from({ length: 200 }, (_, index) => `p${index}`)

  it.each([4, 60, 196, 300])('draws %i of 200 at most once, and none that is left out', count => {
    const drawn = drawPeers(all, count, new Set(all.slice(0, 10)), evenDraws())
    expect(drawn).toHaveLength(Math.min(count, 190))
    expect(new Set(drawn).size).toBe(drawn.length)
    expect(drawn.filter(peerId => all.indexOf(peerId) < 10)).toEqual([])
  })

  it('comes to an end where more are left out than was said', () => {
    const leaveOut = { size: 0, has: (peerId: string) => peerId !== 'p7' }
    expect(drawPeers(all, 4, leaveOut, evenDraws())).toEqual(['p7'])
  })
})
