import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FairQueue, MAX_QUEUED_MS_PER_SLOT } from '../../../src/inference/fair-queue.ts'
import { BusyError } from '../../../src/interface/index.ts'

/** Time passes only when a test says so. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

describe('FairQueue', () => {
  it('grants a free slot at once and says so', async () => {
    const queue = new FairQueue({ capacity: 1 })
    const ticket = queue.enter({ tenant: 'a', workMs: 100 })
    expect(ticket.position).toBe(0)
    await ticket.granted
    expect(queue.busy).toBe(1)
    expect(queue.enter({ tenant: 'a', workMs: 100 }).position).toBe(1)
  })

  it('says how long work that comes now would wait, running work and all that waits counted', () => {
    const queue = new FairQueue({ capacity: 1 })
    expect(queue.waitMs).toBe(0)
    const first = queue.enter({ tenant: 'a', workMs: 10_000 })
    // Before anything was seen, work is expected to last about what it was said to.
    expect(queue.waitMs / 10_000).toBeCloseTo(1, 0)
    const alone = queue.waitMs
    queue.enter({ tenant: 'b', workMs: 20_000 })
    expect(queue.waitMs / alone).toBeGreaterThan(2.7)
    expect(queue.waitMs / alone).toBeLessThan(3.3)
    first.release()
    expect(queue.waitMs).toBeGreaterThan(15_000)
  })

  it('expects the first of several slots sooner than any single one, and never at once what is overdue', () => {
    const queue = new FairQueue({ capacity: 4 })
    for (let slot = 0; slot < 4; slot++) queue.enter({ tenant: 'a', workMs: 10_000 })
    expect(queue.waitMs).toBeGreaterThan(1_000)
    expect(queue.waitMs).toBeLessThan(6_000)
  })

  it('learns that work takes much less than expected', async () => {
    const queue = new FairQueue({ capacity: 1 })
    for (let count = 0; count < 200; count++) queue.enter({ tenant: 'a', workMs: 10_000 }).release()
    queue.enter({ tenant: 'a', workMs: 10_000 })
    expect(queue.waitMs).toBeLessThan(2_000)
  })

  it('serves two tenants equal work, however many requests each has sent', async () => {
    const queue = new FairQueue({ capacity: 0, slots: 4 })
    const served: string[] = []
    const enter = (tenant: string, workMs: number) => {
      const ticket = queue.enter({ tenant, workMs })
      ticket.granted.then(() => {
        served.push(tenant)
        vi.advanceTimersByTime(workMs)
        ticket.release()
      })
    }
    for (let count = 0; count < 30; count++) enter('many', 1000)
    for (let count = 0; count < 3; count++) enter('few', 5000)
    queue.setCapacity(1)
    await expect.poll(() => served.length).toBe(33)
    // When its last 5 s begin, the one has had 10 s, and so has the other, give or take a request.
    const lastFew = served.lastIndexOf('few')
    const manyBefore = served.slice(0, lastFew).filter(tenant => tenant === 'many').length
    expect(manyBefore).toBeGreaterThanOrEqual(9)
    expect(manyBefore).toBeLessThanOrEqual(12)
  })

  it('is bounded by work, and says when to come back', () => {
    const queue = new FairQueue({ capacity: 0, slots: 1 })
    queue.enter({ tenant: 'a', workMs: MAX_QUEUED_MS_PER_SLOT - 1000 })
    const refused = () => queue.enter({ tenant: 'a', workMs: 2000 })
    expect(refused).toThrow(BusyError)
    try {
      refused()
    } catch (error) {
      expect((error as BusyError).details.retryAfterMs).toBe(60_000)
    }
    queue.enter({ tenant: 'a', workMs: 500 })
  })

  it('keeps room for a newcomer in a queue that one tenant has filled', () => {
    const queue = new FairQueue({ capacity: 0, slots: 1 })
    queue.enter({ tenant: 'greedy', workMs: MAX_QUEUED_MS_PER_SLOT })
    expect(queue.enter({ tenant: 'newcomer', workMs: 10_000 }).position).toBe(2)
    expect(() => queue.enter({ tenant: 'greedy', workMs: 100 })).toThrow(BusyError)
  })

  it('takes an aborted request out and frees its place', async () => {
    const queue = new FairQueue({ capacity: 1 })
    const running = queue.enter({ tenant: 'a', workMs: 100 })
    const controller = new AbortController()
    const waiting = queue.enter({ tenant: 'a', workMs: 100, signal: controller.signal })
    const last = queue.enter({ tenant: 'a', workMs: 100 })
    controller.abort()
    await expect(waiting.granted).rejects.toMatchObject({ code: 'aborted' })
    expect(queue.queued).toBe(1)
    running.release()
    await last.granted
    waiting.release()
    expect(queue.busy).toBe(1)
  })

  it('never runs more than its capacity and never loses a request', async () => {
    const jobs = fc.array(
      fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), workMs: fc.integer({ min: 1, max: 9000 }) })
    )
    await fc.assert(
      fc.asyncProperty(jobs, fc.integer({ min: 1, max: 4 }), async (list, capacity) => {
        const queue = new FairQueue({ capacity, slots: 64 })
        let most = 0
        const run = async (job: { tenant: string; workMs: number }) => {
          const ticket = queue.enter(job)
          await ticket.granted
          most = Math.max(most, queue.busy)
          await Promise.resolve()
          ticket.release()
          ticket.release()
        }
        await Promise.all(list.map(run))
        expect(most).toBeLessThanOrEqual(capacity)
        expect([queue.busy, queue.queued, queue.queuedMs]).toEqual([0, 0, 0])
      }),
      { numRuns: 50 }
    )
  })
})
