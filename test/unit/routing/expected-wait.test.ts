import { describe, expect, it } from 'vitest'
import { AnswerLengths, expectedWait } from '../../../src/routing/index.ts'

const lengths = new AnswerLengths()
/** 200 tokens expected at 100 ms each: about 20 s. */
const running = { untilFirstTokenMs: 0, msPerToken: 100, expectedTokens: 200 }

describe('the expected wait', () => {
  it('is none while a slot is free', () => {
    expect(expectedWait({ slots: 2, running: [running], queued: [] }, lengths)).toEqual({ meanMs: 0, p90Ms: 0 })
  })

  it('is what remains of the one answer ahead', () => {
    const { meanMs, p90Ms } = expectedWait({ slots: 1, running: [running], queued: [] }, lengths)
    expect(meanMs).toBeCloseTo(100 * lengths.meanRemaining({ expectedTokens: 200 }), -4)
    expect(p90Ms).toBeGreaterThan(1.5 * meanMs)
  })

  it('counts what comes before the first token, and the queue', () => {
    const plain = expectedWait({ slots: 1, running: [running], queued: [] }, lengths).meanMs
    const loading = { ...running, untilFirstTokenMs: 5_000 }
    expect(expectedWait({ slots: 1, running: [loading], queued: [] }, lengths).meanMs).toBeCloseTo(plain + 5_000, 6)
    const queued = expectedWait({ slots: 1, running: [running], queued: [loading] }, lengths).meanMs
    expect(queued).toBeCloseTo(2 * plain + 5_000, -4)
  })

  it('is much shorter where eight run than where one does: the first of them ends soon', () => {
    const one = expectedWait({ slots: 1, running: [running], queued: [] }, lengths).meanMs
    const eight = expectedWait({ slots: 8, running: Array(8).fill(running), queued: [] }, lengths).meanMs
    expect(eight).toBeLessThan(one / 3)
    expect(eight).toBeGreaterThan(0)
  })

  it('knows by the limit that an answer ends soon', () => {
    const near = { ...running, generatedTokens: 95, maxTokens: 100 }
    expect(expectedWait({ slots: 1, running: [near], queued: [] }, lengths).meanMs).toBeLessThanOrEqual(500)
  })

  it('is the same for the same work', () => {
    const ahead = { slots: 2, running: [running, running], queued: [running] }
    expect(expectedWait(ahead, lengths)).toEqual(expectedWait(ahead, lengths))
  })
})
