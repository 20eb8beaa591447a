import { describe, expect, it } from 'vitest'
import { expectedWait, OutcomeSpread } from '../../../src/interface/index.ts'

const spread = new OutcomeSpread()
/** 200 tokens expected at 100 ms each: about 20 s. */
const running = { beforeMs: 0, msPerUnit: 100, expected: 200 }

describe('the expected wait', () => {
  it('is none while a slot is free', () => {
    expect(expectedWait({ slots: 2, running: [running], queued: [] }, spread)).toEqual({ meanMs: 0, p90Ms: 0 })
  })

  it('is what remains of the one answer ahead', () => {
    const { meanMs, p90Ms } = expectedWait({ slots: 1, running: [running], queued: [] }, spread)
    expect(meanMs).toBeCloseTo(100 * spread.meanRemaining({ expected: 200 }), -4)
    expect(p90Ms).toBeGreaterThan(1.5 * meanMs)
  })

  it('counts what comes before the first token, and the queue', () => {
    const plain = expectedWait({ slots: 1, running: [running], queued: [] }, spread).meanMs
    const loading = { ...running, beforeMs: 5_000 }
    expect(expectedWait({ slots: 1, running: [loading], queued: [] }, spread).meanMs).toBeCloseTo(plain + 5_000, 6)
    const queued = expectedWait({ slots: 1, running: [running], queued: [loading] }, spread).meanMs
    expect(queued).toBeCloseTo(2 * plain + 5_000, -4)
  })

  it('is much shorter where eight run than where one does: the first of them ends soon', () => {
    const one = expectedWait({ slots: 1, running: [running], queued: [] }, spread).meanMs
    const eight = expectedWait({ slots: 8, running: Array(8).fill(running), queued: [] }, spread).meanMs
    expect(eight).toBeLessThan(one / 3)
    expect(eight).toBeGreaterThan(0)
  })

  it('knows by the limit that an answer ends soon', () => {
    const near = { ...running, done: 95, most: 100 }
    expect(expectedWait({ slots: 1, running: [near], queued: [] }, spread).meanMs).toBeLessThanOrEqual(500)
  })

  it('grows evenly with a long queue', () => {
    const waitOf = (count: number) =>
      expectedWait({ slots: 2, running: [running, running], queued: Array(count).fill(running) }, spread).meanMs
    expect(waitOf(400) / waitOf(200)).toBeGreaterThan(1.9)
    expect(waitOf(400) / waitOf(200)).toBeLessThan(2.1)
  })

  it('is the same for the same work', () => {
    const ahead = { slots: 2, running: [running, running], queued: [running] }
    expect(expectedWait(ahead, spread)).toEqual(expectedWait(ahead, spread))
  })
})
