import { describe, expect, it } from 'vitest'
import { InvalidRequestError } from '../../../../src/interface/index.ts'
import { POLICY_NAMES, policyOf } from '../../../../src/routing/index.ts'
import { natarisScore } from '../../../../src/routing/policies/nataris.ts'
import { evenDraws, peer, quoteOf, sceneOf } from './fixtures.ts'

const HOUR_MS = 3_600_000

/** How often each peer is dispatched to in 1,000 scenes. */
function tally(name: string, candidates: Parameters<typeof sceneOf>[0]): Record<string, number> {
  const counts: Record<string, number> = {}
  const random = evenDraws()
  for (let run = 0; run < 1_000; run++) {
    const peerId = policyOf(name).plan(sceneOf(candidates, { random })).dispatch!.peerId
    counts[peerId] = (counts[peerId] ?? 0) + 1
  }
  return counts
}

describe('fair', () => {
  const peers = ['fast', 'slow', 'late', 'crawl'].map(peerId => peer(peerId))

  it('takes the slowest that is good enough: 2 s to the first token, 15 tokens a second', () => {
    const quotes = [
      quoteOf('fast', 0, 99),
      quoteOf('late', 2_001, 16),
      quoteOf('slow', 2_000, 15),
      quoteOf('crawl', 0, 14)
    ]
    const order = policyOf('fair')
      .rank(sceneOf(peers, { quotes }))
      .map(({ peerId }) => peerId)
    expect(order.slice(0, 2)).toEqual(['slow', 'fast'])
  })

  it('takes the soonest when none is good enough', () => {
    const quotes = [quoteOf('crawl', 0, 1), quoteOf('late', 3_000, 10)]
    expect(policyOf('fair').rank(sceneOf(peers, { quotes }))[0]?.peerId).toBe('late')
  })

  it('bounds what is sent unasked by good enough, not by the best', () => {
    const plan = policyOf('fair').plan(sceneOf([peer('a', { decodeTokensPerSecond: 99 }), peer('b')]))
    expect(plan.dispatch).toEqual({ peerId: 'b', acceptIf: { firstTokenMs: 2_000, totalMs: 2_000 + 100_000 / 15 } })
  })
})

describe('cheap', () => {
  const priced = (peerId: string, firstTokenMs: number, pricePerKiloToken: number) => ({
    ...quoteOf(peerId, firstTokenMs, 20),
    pricePerKiloToken
  })
  const peers = ['a', 'b', 'c', 'd'].map(peerId => peer(peerId))

  it('takes the least price within 1.5 times of the best', () => {
    // Costs: 5, 7, 7.6 s; 1.5 times the best is 7.5.
    const quotes = [priced('a', 0, 9), priced('b', 1_000, 3), priced('c', 1_300, 1)]
    expect(
      policyOf('cheap')
        .rank(sceneOf(peers, { quotes }))
        .map(({ peerId }) => peerId)
    ).toEqual(['b', 'a', 'c'])
  })

  it('takes the faster of one price', () => {
    const quotes = [priced('a', 500, 2), priced('b', 0, 2)]
    expect(policyOf('cheap').rank(sceneOf(peers, { quotes }))[0]?.peerId).toBe('b')
  })

  it('does not pay more unasked than the next one advertises', () => {
    const dear = peer('dear', { decodeTokensPerSecond: 25 }, { pricePerKiloToken: 8 })
    const plan = policyOf('cheap').plan(sceneOf([dear, peer('low', {}, { pricePerKiloToken: 2 })]))
    expect(plan.dispatch).toMatchObject({ peerId: 'low', acceptIf: { pricePerKiloToken: 8 } })
  })
})

describe('lru', () => {
  it('takes the least recently used of the idle, a new one before all', () => {
    const peers = [
      peer('just now', {}, { lastUsedAgoMs: 1 }),
      peer('an hour ago', {}, { lastUsedAgoMs: HOUR_MS }),
      peer('busy', { slots: { total: 4, free: 3 } }, { lastUsedAgoMs: 9 * HOUR_MS })
    ]
    expect(policyOf('lru').plan(sceneOf(peers)).dispatch?.peerId).toBe('an hour ago')
    expect(policyOf('lru').plan(sceneOf([...peers, peer('new')])).dispatch?.peerId).toBe('new')
  })

  it('takes the least recently used of all when all are busy', () => {
    const busy = { queued: 1 }
    const peers = [peer('a', busy, { lastUsedAgoMs: 1 }), peer('b', busy, { lastUsedAgoMs: 2 })]
    expect(policyOf('lru').plan(sceneOf(peers)).dispatch?.peerId).toBe('b')
  })

  it('draws among those that were never used', () => {
    const counts = tally('lru', [peer('a'), peer('b')])
    expect(Math.abs(counts.a! - counts.b!)).toBeLessThan(100)
  })
})

describe('nataris', () => {
  const used = { lastUsedAgoMs: 0 }

  it.each([
    ['cool, warm, unused for a day', peer('p'), 1.3],
    ['fair', peer('p', {}, { thermal: 1, ...used }), 0.5],
    ['serious', peer('p', {}, { thermal: 2, ...used }), 0.3],
    ['critical, cold', peer('p', { warm: false }, { thermal: 3, ...used }), 0.1],
    ['full', peer('p', { slots: { total: 1, free: 0 } }, used), 0.7],
    ['used half a day ago', peer('p', {}, { lastUsedAgoMs: 12 * HOUR_MS }), 1.25]
  ])('scores a peer that is %s', (_, candidate, score) => {
    expect(natarisScore(candidate)).toBeCloseTo(score, 9)
  })

  it('draws among all within 60 % of the best, and nobody else', () => {
    // 1.2, 1.0 and 0.5 against a bound of 0.72.
    const peers = [
      peer('warm', {}, used),
      peer('cold', { warm: false }, used),
      peer('hot', {}, { thermal: 1, ...used })
    ]
    const counts = tally('nataris', peers)
    expect(counts).toEqual({ warm: expect.closeTo(500, -2), cold: expect.closeTo(500, -2) })
  })

  it('uses memory as a gate: what does not fit does not count, what is loaded does', () => {
    const little = { freeMemoryBytes: 100_000_000 }
    expect(policyOf('nataris').plan(sceneOf([peer('p', { warm: false }, little)])).dispatch).toBeUndefined()
    expect(policyOf('nataris').plan(sceneOf([peer('p', { warm: true }, little)])).dispatch?.peerId).toBe('p')
  })
})

describe('random', () => {
  it('draws each as often', () => {
    const counts = tally('random', [peer('a'), peer('b'), peer('slow', { decodeTokensPerSecond: 1 }), peer('d')])
    expect(Object.values(counts)).toEqual([250, 250, 250, 250])
  })
})

describe('policyOf', () => {
  it('knows every name', () => {
    expect(POLICY_NAMES).toEqual(['rec', 'fair', 'cheap', 'lru', 'nataris', 'random'])
    for (const name of POLICY_NAMES) expect(policyOf(name).name).toBe(name)
  })

  it('names near ones for a name that is none', () => {
    const refused = () => policyOf('fare')
    expect(refused).toThrow(InvalidRequestError)
    const details = { field: 'policy', suggestions: ['fair', 'lru', 'rec', 'cheap'] }
    expect(refused).toThrow(expect.objectContaining({ details }))
  })
})
