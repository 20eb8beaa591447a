import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../../src/interface/index.ts'
import { rankCandidates } from '../../../src/routing/rank.ts'
import { candidate } from './fixtures.ts'

const PAIRS: [string, Candidate, Candidate][] = [
  [
    'a real model before the built-in one, cold or not',
    candidate('a', { warm: false }),
    candidate('b', { builtIn: true })
  ],
  [
    'a warm model before a larger cold one',
    candidate('a', { parameterCount: 1 }),
    candidate('b', { warm: false, parameterCount: 9 })
  ],
  [
    'a free slot before a larger busy one',
    candidate('a', { parameterCount: 1 }),
    candidate('b', { parameterCount: 9, slots: { total: 4, free: 0 } })
  ],
  ['the larger model', candidate('a', { parameterCount: 9 }), candidate('b', { parameterCount: 1 })],
  [
    'the larger one of two that are not ready',
    candidate('a', { warm: false, parameterCount: 9 }),
    candidate('b', { parameterCount: 1, slots: { total: 4, free: 0 } })
  ],
  [
    'more free slots',
    candidate('a', { slots: { total: 4, free: 3 } }),
    candidate('b', { slots: { total: 9, free: 2 } })
  ],
  [
    'the shorter wait',
    candidate('a', { slots: { total: 4, free: 0 }, waitMs: 100 }),
    candidate('b', { slots: { total: 4, free: 0 }, waitMs: 200 })
  ]
]

describe('rank', () => {
  it.each(PAIRS)('puts first %s', (_, better, worse) => {
    for (const draw of [0, 0.99]) {
      let left = draw
      const random = () => (left = 1 - left)
      expect(rankCandidates([better, worse], random)[0]).toBe(better)
      expect(rankCandidates([worse, better], random)[0]).toBe(better)
    }
  })

  it('draws between equals', () => {
    const [a, b] = [candidate('a'), candidate('b')]
    const draws =
      (...values: number[]) =>
      () =>
        values.shift() ?? 0
    expect(rankCandidates([a, b], draws(0.1, 0.9))).toEqual([a, b])
    expect(rankCandidates([a, b], draws(0.9, 0.1))).toEqual([b, a])
  })

  it('leaves the list that it was given as it is', () => {
    const list = [candidate('a', { parameterCount: 1 }), candidate('b', { parameterCount: 2 })]
    rankCandidates(list)
    expect(list.map(({ advert }) => advert.peerId)).toEqual(['a', 'b'])
  })
})
