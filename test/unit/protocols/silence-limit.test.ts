import { describe, expect, it } from 'vitest'
import { SilenceLimit } from '../../../src/protocols/silence-limit.ts'

function limitAfter(gapsMs: readonly number[]): number {
  const limit = new SilenceLimit(3_000)
  for (const gapMs of gapsMs) limit.came(gapMs)
  return limit.ms
}
const times = (count: number, gapMs: (index: number) => number) => Array.from({ length: count }, (_, i) => gapMs(i))

describe('how long a stream may be silent', () => {
  it('is three seconds for a stream of tokens, of signs of life each second, and at its start', () => {
    expect(limitAfter([])).toBe(3_000)
    expect(limitAfter([2_500, 100])).toBe(3_000)
    expect(limitAfter(times(500, index => 20 + (index % 7)))).toBe(3_000)
    expect(limitAfter(times(50, index => 1_000 + 50 * (index % 3)))).toBe(3_000)
  })

  it('is longer where gaps vary by seconds, and ten seconds at most', () => {
    const jittery = limitAfter(times(40, index => (index % 4 === 0 ? 2_400 : 300)))
    expect(jittery).toBeGreaterThan(4_000)
    expect(jittery).toBeLessThan(10_000)
    expect(limitAfter(times(40, index => (index % 2 === 0 ? 9_000 : 10)))).toBe(10_000)
  })

  it('comes back to three seconds when the stream is regular again', () => {
    expect(limitAfter([...times(20, index => (index % 4 === 0 ? 2_400 : 300)), ...times(100, () => 100)])).toBe(3_000)
  })
})
