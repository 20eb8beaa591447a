import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  belongsToShard,
  dayOf,
  providerKeys,
  readerKeys,
  shardBits,
  shardDepths,
  shardKey,
  shardPlace
} from '../../../src/routing/shards.ts'

const SPEC = readFileSync(new URL('../../../spec/capabilities.md', import.meta.url), 'utf8')

describe('shards of a key', () => {
  it.each([
    [0, 0],
    [300, 0],
    [301, 1],
    [1_000, 2],
    [10_000, 6],
    [1_000_000, 12],
    [1e9, 16]
  ])('parts %d providers by %d bits', (providers, bits) => {
    expect(shardBits(providers)).toBe(bits)
  })

  it('holds 100 to 400 providers in each, whatever their number', () => {
    for (let providers = 301; providers < 10_000_000; providers = Math.ceil(providers * 1.01)) {
      for (const bits of [shardBits(providers), ...shardDepths(providers)]) {
        if (bits === 0) continue
        expect(providers / 2 ** bits, `${providers} by ${bits}`).toBeGreaterThanOrEqual(100)
        expect(providers / 2 ** bits, `${providers} by ${bits}`).toBeLessThanOrEqual(400)
      }
    }
  })

  it('stands at two neighbouring depths near a change, and at the depth of every reader that errs by a fifth', () => {
    expect(shardDepths(100)).toEqual([0])
    expect(shardDepths(301)).toEqual([0, 1])
    expect(shardDepths(400)).toEqual([1])
    expect(shardDepths(566)).toEqual([1, 2])
    for (let providers = 10; providers < 1_000_000; providers = Math.ceil(providers * 1.03)) {
      const depths = shardDepths(providers)
      for (const factor of [0.81, 1, 1.24]) expect(depths).toContain(shardBits(Math.round(providers * factor)))
      expect(Math.max(...depths) - Math.min(...depths)).toBeLessThanOrEqual(1)
    }
  })

  it('is left by about all but one in 2^bits peers each day', async () => {
    const [today, tomorrow] = await Promise.all(
      [20_000, 20_001].map(async day =>
        Promise.all(Array.from({ length: 2_000 }, async (_, index) => await shardPlace(`peer-${index}`, day)))
      )
    )
    const stayed = today!.filter((place, index) => place.shard(3) === tomorrow![index]!.shard(3)).length
    // 250 of 2,000 expected, a standard deviation of 15.
    expect(stayed).toBeGreaterThan(175)
    expect(stayed).toBeLessThan(325)
    for (let shard = 0; shard < 8; shard++) {
      const size = today!.filter(place => place.shard(3) === shard).length
      expect(size).toBeGreaterThan(175)
      expect(size).toBeLessThan(325)
    }
    const entry = today!.filter(place => place.isInEntry(3)).length
    expect(entry).toBeGreaterThan(175)
    expect(entry).toBeLessThan(325)
  })

  it('is the key itself for small numbers, on both sides', async () => {
    const place = await shardPlace('peer', 1)
    expect(providerKeys('name/a', 200, place)).toEqual(['name/a'])
    expect(readerKeys('name/a', 200, Math.random)).toEqual([{ key: 'name/a', bits: 0, shard: 0 }])
  })

  it('is read at two places that differ, beside the key itself', () => {
    for (const draw of [0, 0.2, 0.5, 0.999]) {
      const [whole, first, second, ...more] = readerKeys('any', 1_000, () => draw)
      expect(whole).toEqual({ key: 'any', bits: 0, shard: 0 })
      expect(first?.shard).not.toBe(second?.shard)
      expect(more).toEqual([])
      for (const { key, bits, shard } of [first!, second!]) {
        expect(key).toBe(shardKey('any', 2, shard))
        expect(bits).toBe(2)
        expect(shard).toBeLessThan(4)
      }
    }
  })

  it('is open to those who stand there today, or stood there yesterday', async () => {
    const [today, yesterday] = [await shardPlace('peer', 5), await shardPlace('peer', 4)]
    const shards = new Set([today.shard(8), yesterday.shard(8)])
    for (let shard = 0; shard < 256; shard++) {
      expect(await belongsToShard('peer', 8, shard, 5)).toBe(shards.has(shard))
    }
  })

  it('is computed as the examples of the specification have it', async () => {
    const examples = [...SPEC.matchAll(/^\| `(12D3[^`]*)` \| (\d+) \| (\d+) \| (\d+) \| (yes|no) \|$/gm)]
    expect(examples).toHaveLength(3)
    for (const [, peerId, day, bits, shard, entry] of examples) {
      const place = await shardPlace(peerId!, Number(day))
      expect(place.shard(Number(bits))).toBe(Number(shard))
      expect(place.isInEntry(Number(bits))).toBe(entry === 'yes')
    }
    expect(SPEC).toContain(`\`${shardKey('name/smollm2-135m', 3, 7)}\``)
    expect(dayOf(Date.UTC(2024, 9, 4, 23, 59))).toBe(20_000)
    expect(SPEC).toContain('4 October 2024 is day 20,000')
  })
})
