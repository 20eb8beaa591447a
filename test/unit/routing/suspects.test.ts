import { describe, expect, it } from 'vitest'
import { Suspects } from '../../../src/routing/index.ts'
import { FakeClock, modelOf, startOf } from './fixtures.ts'

const MINUTE_MS = 60_000

describe('suspects', () => {
  it('pauses a peer for a minute, and twice as long with every failure, up to half an hour', () => {
    const clock = new FakeClock()
    const suspects = new Suspects(clock.now)
    const pauses = Array.from({ length: 7 }, () => {
      suspects.strike('a', startOf(1))
      const pauseMs = suspects.pauseMs('a')
      clock.ms += pauseMs
      expect(suspects.has('a')).toBe(false)
      return pauseMs / MINUTE_MS
    })
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30])
  })

  it('knows nothing of a peer that never failed', () => {
    const suspects = new Suspects()
    expect(suspects.has('a')).toBe(false)
    expect(suspects.pauseMs('a')).toBe(0)
  })

  it('begins anew after an answer', () => {
    const clock = new FakeClock()
    const suspects = new Suspects(clock.now)
    suspects.strike('a', startOf(1))
    suspects.strike('a', startOf(1))
    suspects.clear('a')
    expect(suspects.has('a')).toBe(false)
    suspects.strike('a', startOf(1))
    expect(suspects.pauseMs('a')).toBe(MINUTE_MS)
  })

  it('is cleared by a restart, and not by the same start again', () => {
    const suspects = new Suspects(new FakeClock().now)
    suspects.strike('a', startOf(1))
    suspects.restarted('a', 1)
    expect(suspects.has('a')).toBe(true)
    suspects.restarted('a', 2)
    expect(suspects.has('a')).toBe(false)
  })

  it('remembers which start failed when the second failure finds no advert any more', () => {
    const suspects = new Suspects(new FakeClock().now)
    suspects.strike('a', startOf(1))
    suspects.strike('a', undefined)
    suspects.restarted('a', 1)
    expect(suspects.has('a')).toBe(true)
    suspects.restarted('a', 2)
    expect(suspects.has('a')).toBe(false)
  })

  it('does not take any start for a new one when it never knew the one that failed', () => {
    const suspects = new Suspects(new FakeClock().now)
    suspects.strike('a', undefined)
    suspects.restarted('a', 2)
    expect(suspects.has('a')).toBe(true)
  })

  it('keeps the strikes over a restart, which ends a pause only', () => {
    const clock = new FakeClock()
    const suspects = new Suspects(clock.now)
    suspects.strike('a', startOf(1))
    suspects.restarted('a', 2)
    expect(suspects.pauseMs('a')).toBe(0)
    suspects.strike('a', startOf(2))
    expect(suspects.pauseMs('a')).toBe(2 * MINUTE_MS)
  })

  it('takes one restart in 30 s, however many a peer tells of', () => {
    const clock = new FakeClock()
    const suspects = new Suspects(clock.now)
    suspects.strike('a', startOf(1))
    suspects.restarted('a', 2)
    suspects.strike('a', startOf(2))
    clock.ms = 29_999
    suspects.restarted('a', 3)
    expect(suspects.has('a')).toBe(true)
    clock.ms = 30_000
    suspects.restarted('a', 3)
    expect(suspects.has('a')).toBe(false)
  })

  it('lets a peer rest for 5 s, and twice as long with every failure, up to five minutes', () => {
    const clock = new FakeClock()
    const suspects = new Suspects(clock.now)
    const pauses = Array.from({ length: 8 }, () => {
      suspects.rest('a', startOf(1))
      expect(suspects.isResting('a')).toBe(true)
      expect(suspects.has('a')).toBe(false)
      const pauseMs = suspects.pauseMs('a')
      clock.ms += pauseMs
      expect(suspects.isResting('a')).toBe(false)
      return pauseMs / 1_000
    })
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300])
    suspects.clear('a')
    suspects.rest('a', startOf(1))
    expect(suspects.pauseMs('a')).toBe(5_000)
  })

  it('says who would have served a model, and until when it is left out', () => {
    const clock = new FakeClock()
    const suspects = new Suspects(clock.now)
    suspects.strike('a', { bootNonce: 1, models: [modelOf({ name: 'one' })] })
    suspects.strike('b', { bootNonce: 1, models: [modelOf({ name: 'two' })] })
    suspects.rest('c', { bootNonce: 1, models: [modelOf({ name: 'one' })] })
    clock.ms = 10_000
    suspects.strike('b', undefined)
    expect(suspects.leftOut(model => model.name === 'one')).toEqual([
      { peerId: 'a', failedAgoMs: 10_000, pauseMs: 50_000 }
    ])
    expect(suspects.leftOut(model => model.name === 'two')).toEqual([{ peerId: 'b', failedAgoMs: 0, pauseMs: 120_000 }])
    clock.ms = 200_000
    expect(suspects.leftOut(() => true)).toEqual([])
  })

  it('forgets the oldest of more than 1,000', () => {
    const suspects = new Suspects(new FakeClock().now)
    for (let index = 0; index <= 1_000; index++) suspects.strike(`peer-${index}`, startOf(1))
    expect(suspects.has('peer-0')).toBe(false)
    expect(suspects.has('peer-1')).toBe(true)
  })
})
