import { describe, expect, it } from 'vitest'
import type { Advert } from '../../../src/interface/index.ts'
import type { AdvertSource } from '../../../src/routing/directory.ts'
import { ProviderDirectory } from '../../../src/routing/index.ts'
import { advertOf, clockedDirectory, ENVELOPE, FakeClock, modelOf } from './fixtures.ts'

const GOSSIP: AdvertSource = { origin: 'gossip', envelope: ENVELOPE }
const DIRECT: AdvertSource = { origin: 'direct', envelope: ENVELOPE }
const GOODBYE: Partial<Advert> = { ttlMs: 0, models: [] }

describe('provider directory', () => {
  it('keeps the advert with the highest sequence', () => {
    const { directory } = clockedDirectory()
    expect(directory.offer(advertOf('a', { sequence: 5, label: 'five' }), GOSSIP)).toBe('taken')
    expect(directory.offer(advertOf('a', { sequence: 5, label: 'again' }), GOSSIP)).toBe('old')
    expect(directory.offer(advertOf('a', { sequence: 4, label: 'four' }), GOSSIP)).toBe('old')
    expect(directory.get('a')?.label).toBe('five')
    expect(directory.offer(advertOf('a', { sequence: 6, label: 'six' }), GOSSIP)).toBe('taken')
    expect(directory.get('a')?.label).toBe('six')
    expect(directory.size).toBe(1)
  })

  it('keeps no advert of its own node', () => {
    const { directory } = clockedDirectory()
    expect(directory.offer(advertOf('self'), DIRECT)).toBe('old')
    expect(directory.isNews('self', 9)).toBe(false)
    expect(directory.size).toBe(0)
  })

  it('forgets an advert when its lifetime is over, and tells those who listen', () => {
    const { directory, clock } = clockedDirectory()
    const changed: string[] = []
    directory.onChange(peerId => changed.push(peerId))
    directory.offer(advertOf('a', { ttlMs: 1_000 }), GOSSIP)
    clock.ms = 999
    expect(directory.get('a')).toBeDefined()
    clock.ms = 1_000
    expect(directory.get('a')).toBeUndefined()
    expect(directory.all()).toEqual([])
    expect(changed).toEqual(['a', 'a'])
  })

  it('takes off the lifetime what others held it for, and passes the whole age on', () => {
    const { directory, clock } = clockedDirectory()
    const source: AdvertSource = { origin: 'exchange', envelope: ENVELOPE, ageMs: 400 }
    expect(directory.offer(advertOf('a', { ttlMs: 1_000 }), source)).toBe('taken')
    clock.ms = 500
    expect([...directory.held()]).toMatchObject([{ envelope: ENVELOPE, ageMs: 900, advert: { peerId: 'a' } }])
    clock.ms = 600
    expect([...directory.held()]).toEqual([])
    expect(directory.offer(advertOf('b', { ttlMs: 1_000 }), { ...source, ageMs: 1_000 })).toBe('expired')
  })

  it('keeps an envelope without the memory around it', () => {
    const { directory } = clockedDirectory()
    const envelope = new Uint8Array(65_536).subarray(100, 340)
    directory.offer(advertOf('a'), { origin: 'direct', envelope })
    const [held] = [...directory.held()]
    expect(held?.envelope).toEqual(envelope)
    expect(held?.envelope.buffer.byteLength).toBe(240)
  })

  it('believes the clock of a stranger within two minutes, and the peer itself always', () => {
    const { directory, wall } = clockedDirectory()
    wall.ms = 10_000_000
    const at = (issuedAtMs: number) => ({ issuedAtMs, ttlMs: 60_000 })
    expect(directory.offer(advertOf('ahead', at(10_120_000)), GOSSIP)).toBe('taken')
    expect(directory.offer(advertOf('far-ahead', at(10_120_001)), GOSSIP)).toBe('future')
    expect(directory.offer(advertOf('behind', at(10_000_000 - 180_000)), GOSSIP)).toBe('taken')
    expect(directory.offer(advertOf('far-behind', at(10_000_000 - 180_001)), GOSSIP)).toBe('expired')
    expect(directory.offer(advertOf('far-ahead', at(99_000_000)), DIRECT)).toBe('taken')
    expect(directory.offer(advertOf('far-behind', at(0)), DIRECT)).toBe('taken')
  })

  it('takes a lower sequence after a restart that the peer itself tells of, and from nobody else', () => {
    const { directory } = clockedDirectory()
    directory.offer(advertOf('a', { sequence: 100, bootNonce: 1 }), GOSSIP)
    expect(directory.offer(advertOf('a', { sequence: 3, bootNonce: 2 }), GOSSIP)).toBe('old')
    expect(directory.offer(advertOf('a', { sequence: 3, bootNonce: 1 }), DIRECT)).toBe('old')
    expect(directory.offer(advertOf('a', { sequence: 3, bootNonce: 2 }), DIRECT)).toBe('taken')
    // The numbers of the new start count from now on.
    expect(directory.offer(advertOf('a', { sequence: 4, bootNonce: 2 }), GOSSIP)).toBe('taken')
  })

  it('forgets a peer at its goodbye at once, and takes no replay of what it said before', () => {
    const { directory } = clockedDirectory()
    directory.offer(advertOf('a', { sequence: 7 }), GOSSIP)
    expect(directory.offer(advertOf('a', { sequence: 8, ...GOODBYE }), GOSSIP)).toBe('gone')
    expect(directory.size).toBe(0)
    expect(directory.offer(advertOf('a', { sequence: 7 }), GOSSIP)).toBe('old')
    expect(directory.offer(advertOf('a', { sequence: 8, ...GOODBYE }), GOSSIP)).toBe('old')
    expect(directory.offer(advertOf('a', { sequence: 9 }), GOSSIP)).toBe('taken')
  })

  it('takes no older word of a run that has said goodbye, by the peer itself either, and all of a new run', () => {
    const { directory } = clockedDirectory()
    directory.offer(advertOf('a', { sequence: 7, bootNonce: 1 }), GOSSIP)
    expect(directory.offer(advertOf('a', { sequence: 8, bootNonce: 1, ...GOODBYE }), GOSSIP)).toBe('gone')
    // It was on its way when the goodbye came.
    expect(directory.offer(advertOf('a', { sequence: 7, bootNonce: 1 }), DIRECT)).toBe('old')
    expect(directory.offer(advertOf('a', { sequence: 3, bootNonce: 2 }), DIRECT)).toBe('taken')
  })

  it('takes a goodbye that comes late, and an advert without models as one', () => {
    const { directory, wall } = clockedDirectory()
    directory.offer(advertOf('a'), GOSSIP)
    wall.ms = 600_000
    expect(directory.offer(advertOf('a', { sequence: 2, ...GOODBYE }), GOSSIP)).toBe('gone')
    directory.offer(advertOf('b', { issuedAtMs: 600_000 }), GOSSIP)
    expect(directory.offer(advertOf('b', { sequence: 2, issuedAtMs: 600_000, models: [] }), GOSSIP)).toBe('gone')
    expect(directory.size).toBe(0)
  })

  it('keeps 2,000 providers and no more, and still renews those that it has', () => {
    const { directory } = clockedDirectory()
    const outcomes = Array.from({ length: 2_500 }, (_, index) => {
      const addresses = [`/ip4/10.${Math.floor(index / 250)}.${index % 250}.1/tcp/1`]
      return directory.offer(advertOf(`peer-${index}`, { addresses }), GOSSIP)
    })
    expect(outcomes.filter(outcome => outcome === 'taken')).toHaveLength(2_000)
    expect(outcomes.slice(2_000)).toEqual(Array(500).fill('full'))
    expect(directory.size).toBe(2_000)
    expect(directory.offer(advertOf('peer-0', { sequence: 2 }), GOSSIP)).toBe('taken')
    directory.remove('peer-1')
    expect(directory.offer(advertOf('peer-2400'), GOSSIP)).toBe('taken')
  })

  it.each([
    ['a /24', (index: number) => `/ip4/192.0.2.${index % 256}/tcp/${index}`, '/ip4/192.0.3.1/tcp/1'],
    ['a /48', (index: number) => `/ip6/2001:db8:1:${index.toString(16)}::1/tcp/1`, '/ip6/2001:db8:2::1/tcp/1'],
    ['no address', () => '/dns4/example.org/tcp/1', '/ip4/192.0.2.1/tcp/1']
  ])('keeps 200 providers of %s, and room for others', (_, addressOf, elsewhere) => {
    const { directory } = clockedDirectory()
    for (let index = 0; index < 1_000; index++) {
      directory.offer(advertOf(`peer-${index}`, { addresses: [addressOf(index)] }), GOSSIP)
    }
    expect(directory.size).toBe(200)
    expect(directory.offer(advertOf('other', { addresses: [elsewhere] }), GOSSIP)).toBe('taken')
    directory.remove('peer-0')
    expect(directory.offer(advertOf('peer-999', { addresses: [addressOf(999)] }), GOSSIP)).toBe('taken')
  })

  it('counts a peer that moves to another network there, and no longer here', () => {
    const { directory } = clockedDirectory()
    for (let index = 0; index < 200; index++) {
      directory.offer(advertOf(`peer-${index}`, { addresses: ['/ip4/192.0.2.1/tcp/1'] }), GOSSIP)
    }
    expect(directory.offer(advertOf('late', { addresses: ['/ip4/192.0.2.9/tcp/1'] }), GOSSIP)).toBe('full')
    const moved = { sequence: 2, addresses: ['/ip4/198.51.100.1/tcp/1'] }
    expect(directory.offer(advertOf('peer-0', moved), GOSSIP)).toBe('taken')
    expect(directory.offer(advertOf('late', { addresses: ['/ip4/192.0.2.9/tcp/1'] }), GOSSIP)).toBe('taken')
  })

  it('tells of thousands that expire together without reading its way down the stack', () => {
    const { directory, clock } = clockedDirectory()
    for (let index = 0; index < 2_000; index++) {
      const addresses = [`/ip4/10.${Math.floor(index / 200)}.1.1/tcp/1`]
      directory.offer(advertOf(`peer-${index}`, { addresses, ttlMs: 1_000 }), GOSSIP)
    }
    const lost: string[] = []
    let depth = 0
    let deepest = 0
    directory.onChange(peerId => {
      deepest = Math.max(deepest, ++depth)
      if (directory.get(peerId) === undefined) lost.push(peerId)
      // Time goes on while listeners work.
      clock.ms += 1
      depth--
    })
    clock.ms = 1_000
    expect(directory.size).toBe(0)
    expect(new Set(lost).size).toBe(2_000)
    expect(lost).toHaveLength(2_000)
    expect(deepest).toBe(1)
  })

  it('tells of nothing while it tells, though more expires meanwhile', () => {
    const { directory, clock } = clockedDirectory()
    for (let index = 0; index < 100; index++)
      directory.offer(advertOf(`peer-${index}`, { ttlMs: 1_000 + index }), GOSSIP)
    const lost: string[] = []
    let depth = 0
    let deepest = 0
    directory.onChange(peerId => {
      deepest = Math.max(deepest, ++depth)
      clock.ms += 1
      if (directory.get(peerId) === undefined) lost.push(peerId)
      depth--
    })
    clock.ms = 1_000
    for (let read = 0; read <= 100; read++) directory.all()
    expect(lost).toHaveLength(100)
    expect(deepest).toBe(1)
  })

  it('tells of what expires though nobody reads, with one timer for the next', () => {
    const clock = new FakeClock()
    let timers: { callback: () => void; atMs: number }[] = []
    const startTimer = (callback: () => void, delayMs: number) => {
      const timer = { callback, atMs: clock.ms + delayMs }
      timers.push(timer)
      return () => {
        timers = timers.filter(other => other !== timer)
      }
    }
    const directory = new ProviderDirectory({ selfId: 'self', monotonicNow: clock.now, wallNow: () => 0, startTimer })
    const changed: string[] = []
    directory.offer(advertOf('late', { ttlMs: 3_000 }), GOSSIP)
    directory.offer(advertOf('soon', { ttlMs: 1_000 }), GOSSIP)
    directory.onChange(peerId => changed.push(peerId))
    const fire = () => {
      const [timer] = timers.splice(0)
      clock.ms = timer?.atMs ?? clock.ms
      timer?.callback()
    }
    expect(timers.map(timer => timer.atMs)).toEqual([1_000])
    fire()
    expect(changed).toEqual(['soon'])
    expect(timers.map(timer => timer.atMs)).toEqual([3_000])
    fire()
    expect(changed).toEqual(['soon', 'late'])
    expect(timers).toEqual([])
    directory.offer(advertOf('more'), GOSSIP)
    directory.close()
    expect(timers).toEqual([])
  })

  it('takes a peer that is here itself though others fill its network, and lets the soonest to expire go', () => {
    const { directory } = clockedDirectory()
    for (let index = 0; index < 300; index++) {
      const ttlMs = index === 7 ? 10_000 : 60_000
      directory.offer(advertOf(`key-${index}`, { addresses: ['/ip4/192.0.2.1/tcp/1'], ttlMs }), GOSSIP)
    }
    const changed: string[] = []
    directory.onChange(peerId => changed.push(peerId))
    const neighbour = advertOf('neighbour', { addresses: ['/ip4/192.0.2.9/tcp/1'] })
    expect(directory.offer(neighbour, GOSSIP)).toBe('full')
    expect(directory.offer(neighbour, { ...DIRECT, remoteAddress: '/ip4/192.0.2.9/tcp/9' })).toBe('taken')
    expect(changed).toEqual(['key-7', 'neighbour'])
    // What it says by gossip later on takes nothing of that away.
    expect(directory.offer({ ...neighbour, sequence: 2 }, GOSSIP)).toBe('taken')
    expect(directory.size).toBe(200)
  })

  it('takes a peer that is here itself though it is full, and lets nobody go who is here too', () => {
    const { directory } = clockedDirectory()
    const addressOf = (index: number) => `/ip4/10.${Math.floor(index / 200)}.1.1/tcp/1`
    for (let index = 0; index < 2_000; index++) {
      directory.offer(advertOf(`key-${index}`, { addresses: [addressOf(index)] }), index === 0 ? GOSSIP : DIRECT)
    }
    expect(directory.offer(advertOf('late'), GOSSIP)).toBe('full')
    expect(directory.offer(advertOf('late'), DIRECT)).toBe('taken')
    expect(directory.get('key-0')).toBeUndefined()
    expect(directory.size).toBe(2_000)
    expect(directory.offer(advertOf('later'), DIRECT)).toBe('full')
  })

  it('knows a peer for one that is here though its advert was heard of before', () => {
    const { directory } = clockedDirectory()
    const claimed = { addresses: ['/ip4/192.0.2.1/tcp/1'] }
    for (let index = 0; index < 200; index++) directory.offer(advertOf(`key-${index}`, claimed), GOSSIP)
    const seen = { ...DIRECT, remoteAddress: '/ip4/192.0.2.1/tcp/9' }
    for (let index = 0; index < 199; index++)
      expect(directory.offer(advertOf(`key-${index}`, claimed), seen)).toBe('old')
    expect(directory.offer(advertOf('late', claimed), seen)).toBe('taken')
    expect(directory.get('key-199')).toBeUndefined()
    expect(directory.offer(advertOf('later', claimed), seen)).toBe('full')
    const elsewhere = { ...DIRECT, remoteAddress: '/ip4/198.51.100.1/tcp/9' }
    expect(directory.offer(advertOf('key-0', claimed), elsewhere)).toBe('old')
    expect(directory.prefixOf('key-0')).toBe('198.51.100')
    expect(directory.offer(advertOf('later', claimed), GOSSIP)).toBe('taken')
  })

  it('counts a peer where it was seen, not where it says that it is', () => {
    const { directory } = clockedDirectory()
    const claimed = { addresses: ['/ip4/192.0.2.1/tcp/1'] }
    const seen = { ...DIRECT, remoteAddress: '/ip4/198.51.100.1/tcp/1' }
    for (let index = 0; index < 300; index++) directory.offer(advertOf(`key-${index}`, claimed), seen)
    expect(directory.size).toBe(200)
    expect(directory.prefixOf('key-0')).toBe('198.51.100')
    expect(directory.offer(advertOf('neighbour', claimed), GOSSIP)).toBe('taken')
  })

  it('gives one candidate for each model that matches, and none of a peer without slots', () => {
    const { directory } = clockedDirectory()
    const embedder = modelOf({
      name: 'embed:1',
      digest: 'cd'.repeat(32),
      features: { ...modelOf().features, chat: false }
    })
    directory.offer(advertOf('a', { models: [modelOf(), modelOf({ name: 'qwen3:0.6b-q8_0' }), embedder] }), GOSSIP)
    directory.offer(advertOf('b', { models: [modelOf({ slots: { total: 0, free: 0 } })] }), GOSSIP)
    const names = (wanted: string) => directory.candidates(wanted).map(({ model }) => model.name)
    expect(names('auto')).toEqual(['smollm2:135m-q4_1', 'qwen3:0.6b-q8_0'])
    expect(names('SmolLM2')).toEqual(['smollm2:135m-q4_1'])
    expect(names('embed')).toEqual(['embed:1'])
    expect(names('cdcdcdcdcdcd')).toEqual(['embed:1'])
    expect(names('cdcdcdcdcdc')).toEqual([])
  })
})
