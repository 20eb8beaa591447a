import { describe, expect, it } from 'vitest'
import { CRASH_WINDOW_MS, CrashLedger } from '../../../src/inference/llama/crash-ledger.ts'

describe('CrashLedger', () => {
  it('starts again at once, then later and later', () => {
    const ledger = new CrashLedger()
    const delays = Array.from({ length: 9 }, (_, index) => ledger.record([], index).delayMs)
    expect(delays).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  })

  it('quarantines after three crashes by different requests', () => {
    const ledger = new CrashLedger()
    expect(ledger.record(['a'], 0).quarantine).toBe(false)
    expect(ledger.record(['b'], 1).quarantine).toBe(false)
    expect(ledger.record(['c'], 2).quarantine).toBe(true)
  })

  it('does not let one request, sent again and again, take the model away', () => {
    const ledger = new CrashLedger()
    for (let time = 0; time < 5; time++) expect(ledger.record(['a'], time).quarantine).toBe(false)
    expect(ledger.blames('a', 5)).toBe(true)
    expect(ledger.blames('b', 5)).toBe(false)
  })

  it('does not count idle crashes, and forgets old ones', () => {
    const ledger = new CrashLedger()
    ledger.record(['a'], 0)
    ledger.record([], 1)
    ledger.record(['b'], 2)
    expect(ledger.record(['c'], CRASH_WINDOW_MS + 3).quarantine).toBe(false)
    expect(ledger.blames('a', CRASH_WINDOW_MS + 3)).toBe(false)
  })
})
