import { expect, it, onTestFinished, vi } from 'vitest'
import type { Quote, QuoteStatus } from '../../../src/interface/index.ts'
import { Promises } from '../../../src/node/books/promises.ts'

const [ONE, OTHER] = ['ab'.repeat(32), 'cd'.repeat(32)]

function quote(digest: string, firstTokenMs: number, status: QuoteStatus = 'ok'): Quote {
  return {
    ...{ status, model: { name: 'a', digest }, waitMs: 0, loadMs: 0, cachedTokens: 0, firstTokenMs },
    ...{ prefillTokensPerSecond: 1, decodeTokensPerSecond: 1, pricePerKiloToken: 0, validMs: 1 },
    ...{ slots: { total: 1, free: 1 }, queued: 0 }
  }
}

it('each model has a promise of its own, and a job keeps what held when it began', () => {
  const promises = new Promises()
  promises.note('a', quote(ONE, 100))
  promises.note('a', quote(OTHER, 900))
  promises.note('b', quote(ONE, 700))
  const job = promises.now('a')
  promises.note('a', quote(ONE, 5_000))
  expect([job(ONE), job(OTHER), job('ef'.repeat(32))]).toEqual([100, 900, undefined])
  expect(promises.now('a')(ONE)).toBe(5_000)
})

it('a quote that says why a peer is not served promises nothing', () => {
  const promises = new Promises()
  promises.note('a', quote(ONE, 100))
  promises.note('a', quote(ONE, 0, 'busy'))
  expect(promises.now('a')(ONE)).toBe(100)
})

it('a promise of more than a minute ago does not count', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const promises = new Promises()
  promises.note('a', quote(ONE, 100))
  vi.advanceTimersByTime(61_000)
  expect(promises.now('a')(ONE)).toBeUndefined()
})
