import { describe, expect, it } from 'vitest'
import { policyOf } from '../../../../src/routing/index.ts'
import { draws, peer, quoteOf, sceneOf } from './fixtures.ts'

const rec = policyOf('rec')
/** Total by advert: 1 s of prefill and 100 tokens at the speed that the name says. */
const at = (tokensPerSecond: number) => peer(`at-${tokensPerSecond}`, { decodeTokensPerSecond: tokensPerSecond })

describe('rec, the first turn', () => {
  it('gives the best advert a bound of 1.25 times the next one and 0.3 s, and asks the three after it', () => {
    const plan = rec.plan(sceneOf([at(10), at(50), at(20), at(40), at(25)]))
    // The next one is 1,000 tokens at 1,000 a second and 100 at 40: 3.5 s.
    expect(plan.dispatch).toEqual({ peerId: 'at-50', acceptIf: { totalMs: 1.25 * 3_500 + 300 } })
    expect(plan.quote).toEqual(['at-40', 'at-25', 'at-20'])
    expect(plan).toMatchObject({ enough: 3, deadlineMs: 400 })
  })

  it('asks six where most peers have one slot', () => {
    const single = { slots: { total: 1, free: 1 } }
    const peers = Array.from({ length: 9 }, (_, index) => peer(`p${index}`, single))
    expect(rec.plan(sceneOf([...peers, at(1)])).quote).toHaveLength(5)
  })

  it('asks nobody where there is one peer only', () => {
    expect(rec.plan(sceneOf([at(10)]))).toMatchObject({ dispatch: { peerId: 'at-10' }, quote: [] })
    expect(rec.plan(sceneOf([at(10)])).dispatch).not.toHaveProperty('acceptIf')
    expect(rec.plan(sceneOf([])).dispatch).toBeUndefined()
  })

  it.each([
    ['waits', { slots: { total: 4, free: 0 }, waitMs: 4_000 }],
    // Half of a typical answer of 230 tokens at 20 a second, over four slots, is 1.4 s.
    ['is full, though it tells of no wait', { slots: { total: 4, free: 0 }, waitMs: 0 }],
    ['has a queue', { queued: 1 }],
    ['loads first', { warm: false, loadMs: 3_000 }],
    ['reads slowly', { prefillTokensPerSecond: 300 }]
  ])('ranks a peer behind that %s', (_, model) => {
    expect(rec.plan(sceneOf([peer('worse', model), peer('better')])).dispatch?.peerId).toBe('better')
  })

  it('multiplies what a peer says by what it kept of earlier promises, and adds the way there', () => {
    expect(rec.plan(sceneOf([peer('liar', {}, { trust: 2 }), at(15)])).dispatch?.peerId).toBe('at-15')
    expect(rec.plan(sceneOf([peer('far', {}, { rttMs: 300 }), peer('near')])).dispatch?.peerId).toBe('near')
  })

  it('ranks a peer without measured speeds by its class', () => {
    const unmeasured = { prefillTokensPerSecond: 0, decodeTokensPerSecond: 0 }
    const server = peer('server', unmeasured, { hardwareClass: 'server' })
    const phone = peer('phone', unmeasured, { hardwareClass: 'phone' })
    expect(rec.plan(sceneOf([phone, peer('measured'), server])).quote).toEqual(['measured', 'phone'])
  })
})

describe('rec, who may be asked', () => {
  it.each([
    ['too small a context', peer('out', { contextSizeTokens: 1_000 })],
    ['no slots', peer('out', { slots: { total: 0, free: 0 } })],
    ['a suspect', peer('out', {}, { isSuspect: true })],
    ['too high a price', peer('out', {}, { pricePerKiloToken: 11 })]
  ])('leaves out %s', (_, out) => {
    const request = { promptTokens: 1_000, expectedTokens: 100, maxPricePerKiloToken: 10 }
    const slow = peer('slow', { decodeTokensPerSecond: 1 }, { pricePerKiloToken: 10 })
    expect(rec.plan(sceneOf([out, slow], { request }))).toMatchObject({ dispatch: { peerId: 'slow' }, quote: [] })
    const quotes = [quoteOf('out', 1, 100), quoteOf('slow', 9_000, 1)]
    expect(rec.rank(sceneOf([out, slow], { request, quotes })).map(({ peerId }) => peerId)).toEqual(['slow'])
  })
})

describe('rec, a later turn', () => {
  const lastProvider = { peerId: 'at-20', cachedTokens: 900 }

  it('goes straight to the last provider, bound by the best of the others', () => {
    const plan = rec.plan(sceneOf([at(50), at(20)], { lastProvider }))
    expect(plan).toMatchObject({ dispatch: { peerId: 'at-20', acceptIf: { totalMs: 1.25 * 3_000 + 300 } }, quote: [] })
  })

  it('asks the others when it refuses, and does not ask it again', () => {
    const quotes = [quoteOf('at-20', 8_000, 20)]
    const scene = sceneOf([at(50), at(20), at(40)], { lastProvider, quotes, refused: new Set(['at-20']) })
    expect(rec.plan(scene)).toMatchObject({ quote: ['at-50', 'at-40'], enough: 2 })
    expect(rec.plan(scene).dispatch).toBeUndefined()
  })

  it('takes another one when the last is gone', () => {
    expect(rec.plan(sceneOf([at(50), at(40)], { lastProvider })).dispatch?.peerId).toBe('at-50')
  })
})

describe('rec, quotes', () => {
  const peers = [peer('a'), peer('b'), peer('c')]

  it('takes the least total with the first token counted twice', () => {
    // Totals: 4 + 2 = 6 s, 1 + 4.5 = 5.5 s, 0.2 + 10 = 10.2 s; with the first token again: 10, 6.5, 10.4.
    const quotes = [quoteOf('a', 4_000, 50), quoteOf('b', 1_000, 100 / 4.5), quoteOf('c', 200, 10)]
    expect(rec.rank(sceneOf(peers, { quotes })).map(({ peerId }) => peerId)).toEqual(['b', 'a', 'c'])
  })

  it('draws among those within 5 % of the best, and among no others', () => {
    // 100 tokens at 20 a second are 5 s: costs of 5, 5.2 and 5.3 s.
    const quotes = [quoteOf('a', 0, 20), quoteOf('b', 100, 20), quoteOf('c', 150, 20)]
    const firsts = [0, 0.99].map(draw => rec.rank(sceneOf(peers, { quotes, random: draws(draw) }))[0]!.peerId)
    expect(firsts.toSorted()).toEqual(['a', 'b'])
  })

  it('uses what is left of them for the next attempt, while it is fresh', () => {
    const quotes = [quoteOf('a', 0, 20), quoteOf('b', 900, 20)]
    expect(rec.plan(sceneOf(peers, { quotes, attempt: 2 }))).toMatchObject({ dispatch: { peerId: 'a' }, quote: [] })
    const stale = quotes.map(quote => ({ ...quote, ageMs: 2_501 }))
    expect(rec.rank(sceneOf(peers, { quotes: stale }))).toEqual([])
  })

  it('asks anew for those that are out of date', () => {
    const quotes = peers.map(({ peerId }) => ({ ...quoteOf(peerId, 0, 20), ageMs: 2_501 }))
    expect(rec.plan(sceneOf(peers, { quotes, attempt: 2 })).quote).toEqual(['a', 'b', 'c'])
  })

  it('is not broken by numbers that are none', () => {
    const quotes = [quoteOf('a', 0, 0), quoteOf('b', 0, Number.NaN), quoteOf('c', 9_000, 1)]
    expect(rec.rank(sceneOf(peers, { quotes }))[0]?.peerId).toBe('c')
  })
})
