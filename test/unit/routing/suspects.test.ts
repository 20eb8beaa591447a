import { describe, expect, it } from 'vitest'
import { Suspects } from '../../../src/routing/index.ts'
import { FakeClock } from './fixtures.ts'

const MINUTE_MS = 60_000

describe('suspects', () => {
  it('pauses a peer for a minute, and twice as long with every failure, up to half an hour', () => {
    const clock = new FakeClock()
    const suspects = new Suspects(clock.now)
    const pauses = Array.from({ length: 7 }, () => {
      suspects.strike('a', 1)
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
    suspects.strike('a', 1)
    suspects.strike('a', 1)
    suspects.clear('a')
    expect(suspects.has('a')).toBe(false)
    suspects.strike('a', 1)
    expect(suspects.pauseMs('a')).toBe(MINUTE_MS)
  })

  it('is cleared by a restart, and not by the same start again', () => {
    const suspects = new Suspects(new FakeClock().now)
    suspects.strike('a', 1)
    suspects.restarted('a', 1)
    expect(suspects.has('a')).toBe(true)
    suspects.restarted('a', 2)
    expect(suspects.has('a')).toBe(false)
  })

  it('remembers which start failed when the second failure finds no advert any more', () => {
    const suspects = new Suspects(new FakeClock().now)
    suspects.strike('a', 1)
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

  it('forgets the oldest of more than 1,000', () => {
    const suspects = new Suspects(new FakeClock().now)
    for (let index = 0; index <= 1_000; index++) suspects.strike(`peer-${index}`, 1)
    expect(suspects.has('peer-0')).toBe(false)
    expect(suspects.has('peer-1')).toBe(true)
  })
})
