import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LoadRetry, retryDelayMs } from '../../../src/inference/llama/load-retry.ts'

describe('LoadRetry', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('waits twice as long after every failure, from 5 s to 5 minutes', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 100].map(retryDelayMs)
    expect(delays).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000])
  })

  it('tries again by itself, once a failure, and begins anew after a success', () => {
    const again = vi.fn()
    const retry = new LoadRetry(again)
    expect([retry.failed(), retry.failed()]).toEqual([5000, 10_000])
    vi.advanceTimersByTime(9999)
    expect(again).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(again).toHaveBeenCalledTimes(1)
    retry.succeeded()
    expect(retry.failed()).toBe(5000)
  })

  it('lets a request begin a retry after 5 s, however long the pause is', () => {
    const retry = new LoadRetry(() => undefined)
    for (let failure = 0; failure < 8; failure++) retry.failed()
    vi.advanceTimersByTime(4999)
    expect(retry.due).toBe(false)
    vi.advanceTimersByTime(1)
    expect(retry.due).toBe(true)
  })

  it('tries nothing once it is stopped', () => {
    const again = vi.fn()
    const retry = new LoadRetry(again)
    retry.failed()
    retry.stop()
    vi.advanceTimersByTime(600_000)
    expect(again).not.toHaveBeenCalled()
  })
})
