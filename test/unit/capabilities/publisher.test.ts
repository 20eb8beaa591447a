import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Advert } from '../../../src/interface/index.ts'
import { cadenceMs, ttlMs } from '../../../src/protocols/capabilities/constants.ts'
import { type AdvertContent, AdvertPublisher } from '../../../src/protocols/capabilities/index.ts'
import { fullAdvert } from './fixtures.ts'

const NOW_MS = 1_790_000_000_000
const CADENCE_MS = 20_000

/** A publisher whose adverts can be read, and whose world can be changed. */
function publishing(changes: { last?: number; providers?: number; failing?: boolean } = {}) {
  const world = {
    content: contentOf() as AdvertContent | undefined,
    last: changes.last ?? 0,
    providers: changes.providers ?? 1,
    failing: changes.failing ?? false
  }
  const said: Advert[] = []
  const errors: unknown[] = []
  const publisher = new AdvertPublisher({
    content: async () => world.content,
    seal: async advert => {
      said.push(advert)
      return new Uint8Array(1_000)
    },
    publish: async () => {
      if (world.failing) throw new Error('no mesh')
    },
    providers: () => world.providers,
    sequence: {
      last: () => world.last,
      keep: sequence => {
        world.last = sequence
      }
    },
    onError: error => errors.push(error)
  })
  return { publisher, said, errors, world }
}

function contentOf(): AdvertContent {
  const { sequence: _, issuedAtMs: __, ttlMs: ___, ...content } = fullAdvert()
  return content
}

describe('advert publisher', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW_MS }))
  afterEach(() => void vi.useRealTimers())

  it.each([
    [1, 300, 20_000],
    [45, 300, 20_000],
    [100, 300, 43_750],
    [200, 500, 122_500],
    [2_000, 4_096, 7_518_000]
  ])('speaks with %i providers of %i bytes every %i ms', (providers, bytes, expected) => {
    expect(cadenceMs(providers, bytes)).toBe(expected)
    expect(ttlMs(expected)).toBe(Math.min(300_000, 3 * expected))
  })

  it('speaks at once when told to, and then at its cadence, with lifetimes of three', async () => {
    const { publisher, said } = publishing()
    await publisher.announce()
    expect(said).toHaveLength(1)
    expect(said[0]).toMatchObject({ ...contentOf(), issuedAtMs: NOW_MS, ttlMs: 3 * CADENCE_MS })
    expect(publisher.current).toHaveLength(1_000)
    await vi.advanceTimersByTimeAsync(0.8 * CADENCE_MS - 10)
    expect(said).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(0.2 * CADENCE_MS + 20)
    expect(said).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(10 * CADENCE_MS)
    expect(said.length).toBeGreaterThanOrEqual(11)
    expect(said.length).toBeLessThanOrEqual(15)
  })

  it('slows down as the network grows', async () => {
    const { publisher, said } = publishing({ providers: 200 })
    await publisher.announce()
    await publisher.announce()
    expect(said[1]?.ttlMs).toBe(300_000)
    // 200 x 1,200 bytes x 7 / 8,000 bytes/s.
    await vi.advanceTimersByTimeAsync(167_000)
    expect(said).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(44_000)
    expect(said).toHaveLength(3)
  })

  it('speaks of many changes once, five seconds after the last advert', async () => {
    const { publisher, said } = publishing()
    await publisher.announce()
    for (let change = 0; change < 50; change++) publisher.changed()
    await vi.advanceTimersByTimeAsync(4_900)
    expect(said).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(said).toHaveLength(2)
  })

  it('speaks of a change at once when it was silent for long', async () => {
    const { publisher, said } = publishing()
    await publisher.announce()
    await vi.advanceTimersByTimeAsync(6_000)
    publisher.changed()
    await vi.advanceTimersByTimeAsync(1)
    expect(said).toHaveLength(2)
  })

  it('counts up from the clock, and from the last number where the clock was set back', async () => {
    const { publisher, said, world } = publishing({ last: NOW_MS + 1_000_000 })
    await publisher.announce()
    await publisher.announce()
    expect(said.map(advert => advert.sequence)).toEqual([NOW_MS + 1_000_001, NOW_MS + 1_000_002])
    expect(world.last).toBe(NOW_MS + 1_000_002)
    const fresh = publishing()
    await fresh.publisher.announce()
    expect(fresh.said[0]?.sequence).toBe(NOW_MS)
  })

  it('keeps the number before the advert is out, so that no two adverts share one', async () => {
    const { publisher, said, world } = publishing({ failing: true })
    await publisher.announce()
    expect(world.last).toBe(NOW_MS)
    world.failing = false
    await publisher.announce()
    expect(said[1]?.sequence).toBe(NOW_MS + 1)
  })

  it('says nothing while there is nothing to serve', async () => {
    const { publisher, said, world } = publishing()
    world.content = undefined
    await publisher.announce()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(said).toEqual([])
    expect(publisher.current).toBeUndefined()
  })

  it('says goodbye when the last model is gone, and speaks again when there is one', async () => {
    const { publisher, said, world } = publishing()
    await publisher.announce()
    world.content = undefined
    publisher.changed()
    await vi.advanceTimersByTimeAsync(5_100)
    expect(said[1]).toMatchObject({ ttlMs: 0, models: [] })
    expect(publisher.current).toBeUndefined()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(said).toHaveLength(2)
    world.content = contentOf()
    publisher.changed()
    await vi.advanceTimersByTimeAsync(1)
    expect(said[2]?.ttlMs).toBe(60_000)
  })

  it('says goodbye once when it stops, and then nothing', async () => {
    const { publisher, said } = publishing()
    await publisher.announce()
    publisher.changed()
    await publisher.stop()
    await publisher.stop()
    publisher.changed()
    await publisher.announce()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(said).toHaveLength(2)
    expect(said[1]).toMatchObject({ ttlMs: 0, models: [] })
    expect(said[1]!.sequence).toBeGreaterThan(said[0]!.sequence)
    expect(publisher.current).toBeUndefined()
  })

  it('says no goodbye when it never spoke', async () => {
    const { publisher, said } = publishing()
    await publisher.stop()
    expect(said).toEqual([])
  })

  it('tries again after five seconds when nobody could be told', async () => {
    const { publisher, said, errors, world } = publishing({ failing: true })
    await publisher.announce()
    expect(errors).toHaveLength(1)
    world.failing = false
    await vi.advanceTimersByTimeAsync(5_100)
    expect(said).toHaveLength(2)
    expect(errors).toHaveLength(1)
  })

  it('says goodbye although the engine cannot be asked any more', async () => {
    const { publisher, said, errors, world } = publishing()
    await publisher.announce()
    Object.defineProperty(world, 'content', { get: () => Promise.reject(new Error('closed')) })
    await publisher.stop()
    expect(errors).toEqual([])
    expect(said[1]).toMatchObject({ ttlMs: 0, models: [] })
  })
})
