import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../../src/interface/index.ts'
import { isPublicPrefix, withinPrefixShare } from '../../../src/routing/prefix-limit.ts'
import { advertOf, modelOf } from './fixtures.ts'

const SYBILS = '203.0.113'

/** So many candidates of each network, one network after the other; a name says which. */
function candidates(networks: Record<string, number>): Candidate[] {
  return Object.entries(networks).flatMap(([prefix, count]) =>
    Array.from({ length: count }, (_, index) => ({ advert: advertOf(`${prefix}/${index}`), model: modelOf() }))
  )
}

/** How many of each network are left. */
function left(networks: Record<string, number>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { advert } of withinPrefixShare(candidates(networks), peerId => peerId.split('/')[0]!)) {
    const [prefix = ''] = advert.peerId.split('/')
    counts[prefix] = (counts[prefix] ?? 0) + 1
  }
  return counts
}

const honest = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`198.51.${index}`, 1]))

describe('the share of one network among the candidates', () => {
  it.each([
    ['3 of 10', 7, 3],
    ['4 of 14, a whole number below 30 %', 10, 4],
    ['30 of 100', 70, 30],
    ['1 where the others are few', 1, 1]
  ])('case 27: a hundred keys on one address are %s', (_, others, share) => {
    expect(left({ [SYBILS]: 100, ...honest(others) })).toEqual({ [SYBILS]: share, ...honest(others) })
    // Whoever stands first in the list has no more of it.
    expect(left({ ...honest(others), [SYBILS]: 100 })).toEqual({ [SYBILS]: share, ...honest(others) })
  })

  it('keeps the order, and the best of a network that has too many', () => {
    const all = candidates({ ...honest(3), [SYBILS]: 5, '192.0.2': 1 })
    const kept = withinPrefixShare(all, peerId => peerId.split('/')[0]!)
    expect(kept).toEqual(all.filter(({ advert }) => !/^203\.0\.113\/[1-4]$/.test(advert.peerId)))
  })

  it('takes all of a network that is alone, and of those in which addresses cost nothing', () => {
    expect(left({ [SYBILS]: 100 })).toEqual({ [SYBILS]: 100 })
    expect(left({ '192.168.1': 50, none: 50, ...honest(1) })).toEqual({ '192.168.1': 50, none: 50, ...honest(1) })
    expect(['10.0.0', '127.0.0', '100.64.1', 'fd00:0:0', 'none'].map(isPublicPrefix)).not.toContain(true)
    expect([SYBILS, '172.32.0', '100.63.0', '2001:db8:1'].map(isPublicPrefix)).not.toContain(false)
  })
})
