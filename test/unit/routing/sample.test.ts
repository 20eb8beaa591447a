import { describe, expect, it } from 'vitest'
import { drawSample, Spread } from '../../../src/routing/index.ts'
import { seededRandom } from '../../fault/support/random.ts'
import { advertOf } from '../../fault/support/routed.ts'

const random = seededRandom('samples')
const next = () => random.next()

function held(count: number, addressOf: (index: number) => string, name = 'scripted:test') {
  return Array.from({ length: count }, (_, index) => {
    const address = addressOf(index)
    const advert = advertOf(`peer-${name}-${index}`, { addresses: [address] }, { name })
    return { advert, prefix: address.split('/')[2]!.split('.').slice(0, 3).join('.') }
  })
}

describe('a sample of providers', () => {
  it('is as large as wished, each peer once, and another each time', () => {
    const all = held(200, index => `/ip4/203.${index}.113.7/tcp/1`)
    const ids = () => drawSample(all, { count: 48 }, next).map(({ advert }) => advert.peerId)
    const [first, second] = [ids(), ids()]
    expect(new Set(first).size).toBe(48)
    expect(second).not.toEqual(first)
    expect(drawSample(all.slice(0, 10), { count: 48 }, next)).toHaveLength(10)
  })

  it('draws each provider about as often as any other', () => {
    const all = held(100, index => `/ip4/203.${index}.113.7/tcp/1`)
    const counts = new Map<string, number>()
    for (let draw = 0; draw < 1_000; draw++) {
      for (const { advert } of drawSample(all, { count: 20 }, next)) {
        counts.set(advert.peerId, (counts.get(advert.peerId) ?? 0) + 1)
      }
    }
    // 200 expected, a standard deviation of 12.6; five of them.
    expect(Math.min(...all.map(({ advert }) => counts.get(advert.peerId) ?? 0))).toBeGreaterThan(137)
    expect(Math.max(...counts.values())).toBeLessThan(263)
  })

  it('holds only providers of the model, by the rule of names', () => {
    const all = [
      ...held(30, index => `/ip4/203.${index}.113.7/tcp/1`, 'alpha:1b'),
      ...held(30, index => `/ip4/204.${index}.113.7/tcp/1`, 'beta:1b')
    ]
    const of = (model: string, task?: 'embeddings') =>
      new Set(
        drawSample(all, { count: 48, model, ...(task && { task }) }, next).map(entry => entry.advert.models[0]?.name)
      )
    expect(of('Beta')).toEqual(new Set(['beta:1b']))
    expect(of('auto')).toEqual(new Set(['alpha:1b', 'beta:1b']))
    expect(of('auto', 'embeddings')).toEqual(new Set())
    expect(of('gamma')).toEqual(new Set())
  })

  it('has two of one public network at most, however many keys live there; a household has no limit', () => {
    const sybils = held(500, index => `/ip4/198.51.100.${index % 250}/tcp/1`)
    const honest = held(20, index => `/ip4/203.${index}.113.7/tcp/1`, 'honest')
    const drawn = drawSample([...sybils, ...honest], { count: 48 }, next)
    expect(drawn.filter(({ prefix }) => prefix === '198.51.100')).toHaveLength(2)
    expect(drawn).toHaveLength(22)
    expect(
      drawSample(
        held(40, () => '/ip4/192.168.1.7/tcp/1'),
        { count: 48 },
        next
      )
    ).toHaveLength(40)
  })
})

describe('case 31: the spread of a sample over relays', () => {
  const over = (relay: string, index: number) => [`/ip4/203.0.113.${index}/tcp/1/p2p/${relay}/p2p-circuit`]

  it('is a fifth a relay at most, whatever networks the relay is in', () => {
    const spread = new Spread(48)
    const taken = (relay: string) => Array.from({ length: 40 }, (_, index) => spread.takes(over(relay, index)))
    expect(taken('first').filter(Boolean)).toHaveLength(9)
    expect(taken('second').filter(Boolean)).toHaveLength(9)
  })

  it('does not count who can be reached without the relay too', () => {
    const spread = new Spread(5)
    const direct = (index: number) => [...over('relay', 1), `/ip4/203.${index}.113.1/tcp/1`]
    expect(Array.from({ length: 10 }, (_, index) => spread.takes(direct(index), `203.${index}.113`))).not.toContain(
      false
    )
    expect([spread.takes(over('relay', 1)), spread.takes(over('relay', 1))]).toEqual([true, false])
  })
})
