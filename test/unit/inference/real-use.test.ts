import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FairQueue } from '../../../src/inference/fair-queue.ts'
import { KEPT_FREE_MS } from '../../../src/inference/last-slot.ts'
import { LOCAL_TENANT } from '../../../src/interface/index.ts'

/** Time passes only when a test says so. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** Requests that are said to take a second, and the order in which they get a slot. */
function served(queue: FairQueue) {
  const order: string[] = []
  const held: { tenant: string; release: () => void }[] = []
  const enter = (tenant: string) => {
    const ticket = queue.enter({ tenant, workMs: 1_000 })
    const left = () =>
      held.splice(
        held.findIndex(({ release }) => release === give),
        1
      )
    const give = () => {
      left()
      ticket.release()
    }
    ticket.granted.then(() => {
      order.push(tenant)
      held.push({ tenant, release: give })
    })
    return ticket
  }
  /** The longest running one is done after this long. */
  const end = async (afterMs: number) => {
    vi.advanceTimersByTime(afterMs)
    held[0]!.release()
    await settled()
  }
  const holders = () => held.map(({ tenant }) => tenant).sort()
  return { order, held, holders, enter, end }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

describe('a tenant is charged', () => {
  it('what its answers really took, however short they were said to be', async () => {
    const queue = new FairQueue({ capacity: 1, slots: 4 })
    const { order, held, enter, end } = served(queue)
    for (let count = 0; count < 20; count++) for (const tenant of ['long', 'short']) enter(tenant)
    await settled()
    while (order.length < 24) await end(held[0]!.tenant === 'long' ? 5_000 : 1_000)
    // Five short answers take as long as a long one.
    expect(order.filter(tenant => tenant === 'short').length).toBeGreaterThanOrEqual(19)
  })

  it('no more than what was used, where it was said to be much', async () => {
    const queue = new FairQueue({ capacity: 1, slots: 4 })
    const { order, held, enter, end } = served(queue)
    for (let count = 0; count < 30; count++) for (const tenant of ['cached', 'full']) enter(tenant)
    await settled()
    while (order.length < 24) await end(held[0]!.tenant === 'cached' ? 200 : 1_000)
    expect(order.filter(tenant => tenant === 'cached').length).toBeGreaterThanOrEqual(19)
  })
})

describe('the last free slot', () => {
  it('is kept for one who asked lately, so that long answers of another do not keep it waiting', async () => {
    const queue = new FairQueue({ capacity: 2 })
    const { holders, held, enter, end } = served(queue)
    for (let count = 0; count < 20; count++) enter('flooder')
    await settled()
    // Nobody else was there.
    expect(holders()).toEqual(['flooder', 'flooder'])
    enter('honest')
    await end(60_000)
    expect(holders()).toEqual(['flooder', 'honest'])
    for (let question = 0; question < 5; question++) {
      vi.advanceTimersByTime(500)
      held.find(({ tenant }) => tenant === 'honest')!.release()
      await settled()
      expect(holders()).toEqual(['flooder'])
      vi.advanceTimersByTime(KEPT_FREE_MS - 1_000)
      expect(enter('honest').position).toBe(0)
      await settled()
    }
  })

  it('is given away when that one has not come back', async () => {
    const queue = new FairQueue({ capacity: 2 })
    const { holders, held, enter } = served(queue)
    enter('honest')
    for (let count = 0; count < 5; count++) enter('flooder')
    await settled()
    held.find(({ tenant }) => tenant === 'honest')!.release()
    await settled()
    expect(holders()).toEqual(['flooder'])
    expect(queue.keptWaitMs('flooder')).toBeGreaterThan(0)
    expect(queue.keptWaitMs('honest')).toBeUndefined()
    // Nothing else happens: no release, no request.
    vi.advanceTimersByTime(2 * KEPT_FREE_MS)
    await settled()
    expect(holders()).toEqual(['flooder', 'flooder'])
  })

  it('is nobody’s to lose while all who ask have one, so that no slot stays empty', async () => {
    const queue = new FairQueue({ capacity: 3 })
    const { holders, enter, end } = served(queue)
    for (let count = 0; count < 10; count++) for (const tenant of ['one', 'two']) enter(tenant)
    await settled()
    for (let turn = 0; turn < 6; turn++) {
      expect(queue.busy).toBe(3)
      expect(new Set(holders())).toEqual(new Set(['one', 'two']))
      await end(1_000)
    }
  })

  it('is the owner’s whoever has asked', async () => {
    const queue = new FairQueue({ capacity: 2 })
    const { holders, held, enter } = served(queue)
    enter('peer')
    await settled()
    held[0]!.release()
    for (let count = 0; count < 3; count++) enter(LOCAL_TENANT)
    await settled()
    expect(holders()).toEqual([LOCAL_TENANT, LOCAL_TENANT])
  })

  it('is kept from all strangers together for one with turns of its own, and from one stranger for another', async () => {
    const pool = { name: 'strangers', share: 0.1 }
    const queue = new FairQueue({ capacity: 2 })
    queue.useStanding({ weightOf: () => 1, poolOf: tenant => (tenant.startsWith('stranger') ? pool : undefined) })
    const { holders, held, enter, end } = served(queue)
    for (const tenant of ['stranger1', 'stranger2', 'stranger1', 'stranger3']) enter(tenant)
    await settled()
    expect(holders()).toEqual(['stranger1', 'stranger2'])
    enter('known')
    await end(5_000)
    expect(holders()).toEqual(['known', 'stranger2'])
    held.find(({ tenant }) => tenant === 'known')!.release()
    await settled()
    expect(holders()).toEqual(['stranger2'])
    expect(enter('known').position).toBe(0)
  })
})
