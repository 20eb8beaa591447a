import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FairQueue, MAX_QUEUED_MS_PER_SLOT } from '../../../src/inference/fair-queue.ts'
import { FairTurns } from '../../../src/inference/fair-turns.ts'
import type { Work } from '../../../src/inference/lane.ts'
import { TickGate } from '../../../src/inference/llama/child/tick-gate.ts'
import type { Standing } from '../../../src/interface/index.ts'

/** Time passes only when a test says so. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const POOLS = { strangers: { name: 'strangers', share: 0.05 }, newcomers: { name: 'newcomers', share: 0.1 } }

/** Tenants whose name begins with a pool's name wait in it; weights are given by name, else 1. */
function standing(weights: Record<string, number> = {}): Standing {
  return {
    weightOf: tenant => weights[tenant] ?? 1,
    poolOf: tenant => Object.values(POOLS).find(({ name }) => tenant.startsWith(name))
  }
}

/** Serves so much work, while everybody always has more waiting. Returns who got which share of it. */
function shares(tenants: string[], rules: Standing, totalMs = 2_000_000, workOf = (_tenant: string) => 2_000) {
  const turns = new FairTurns<Work>()
  turns.standing = rules
  const got = new Map(tenants.map(tenant => [tenant, 0]))
  const add = (tenant: string) => turns.add({ tenant, cost: workOf(tenant) })
  for (const tenant of tenants) for (let count = 0; count < 3; count++) add(tenant)
  let servedMs = 0
  while (servedMs < totalMs) {
    const work = turns.next()!
    const { tenant, cost } = work
    turns.settle(work)
    got.set(tenant, got.get(tenant)! + cost)
    servedMs += cost
    add(tenant)
  }
  return (prefix: string) =>
    [...got].filter(([tenant]) => tenant.startsWith(prefix)).reduce((sum, [, ms]) => sum + ms, 0) / servedMs
}

describe('turns by standing', () => {
  it('give each tenant work by its weight, whatever the size of its requests', () => {
    const of = shares(['full', 'half', 'tenth'], standing({ half: 0.5, tenth: 0.1 }), undefined, tenant =>
      tenant === 'tenth' ? 500 : 4_000
    )
    expect(of('full')).toBeCloseTo(1 / 1.6, 2)
    expect(of('half')).toBeCloseTo(0.5 / 1.6, 2)
    expect(of('tenth')).toBeCloseTo(0.1 / 1.6, 2)
  })

  it.each([1, 10, 1_000])('give %i newcomers together a tenth while others wait', count => {
    const newcomers = Array.from({ length: count }, (_, number) => `newcomers${number}`)
    const of = shares(['a', 'b', ...newcomers], standing())
    expect(of('newcomers')).toBeCloseTo(0.1, 2)
    expect(of('a')).toBeCloseTo(0.45, 2)
  })

  it('leave a twentieth to those who only take, beside the newcomers', () => {
    const of = shares(['a', 'strangers1', 'strangers2', 'newcomers1'], standing())
    expect(of('newcomers')).toBeCloseTo(0.1, 2)
    expect(of('strangers1')).toBeCloseTo(0.025, 2)
    expect(of('a')).toBeCloseTo(0.85, 2)
  })

  it('are the same for pools while nobody else waits', () => {
    const of = shares(['strangers1', 'strangers2', 'newcomers1'], standing())
    expect(of('newcomers')).toBeCloseTo(0.5, 2)
    expect(of('strangers1')).toBeCloseTo(0.25, 2)
  })

  it('lose nothing and serve nobody twice when entries leave, wherever they stand', () => {
    const turns = new FairTurns<Work>()
    turns.standing = standing()
    const entries = ['a', 'strangers1', 'strangers1', 'strangers2', 'newcomers1'].map(tenant => ({
      tenant,
      cost: 3_000
    }))
    for (const entry of entries) turns.add(entry)
    const first = turns.next()
    const left = entries.filter(entry => entry !== first)
    expect(turns.remove(left[1]!)).toBe(true)
    expect(turns.remove(left[1]!)).toBe(false)
    expect(turns.size).toBe(3)
    const served = [turns.next(), turns.next(), turns.next()]
    expect(new Set(served)).toEqual(new Set(left.filter(entry => entry !== left[1])))
    expect(turns.next()).toBeUndefined()
  })

  it('serve anybody at once while a slot is free', async () => {
    const queue = new FairQueue({ capacity: 1 })
    queue.useStanding(standing())
    const ticket = queue.enter({ tenant: 'strangers1', workMs: 1_000 })
    await ticket.granted
    expect(ticket.position).toBe(0)
  })

  it('leave room in the queue: strangers that fill it do not keep out others, nor one stranger another', () => {
    const queue = new FairQueue({ capacity: 0, slots: 1 })
    queue.useStanding(standing())
    const fill = (tenant: string) => {
      for (let workMs = 0; workMs < MAX_QUEUED_MS_PER_SLOT; workMs += 10_000) queue.enter({ tenant, workMs: 10_000 })
    }
    fill('strangers1')
    expect(() => queue.enter({ tenant: 'strangers1', workMs: 10_000 })).toThrow(/waiting/)
    expect(() => queue.enter({ tenant: 'strangers2', workMs: 10_000 })).not.toThrow()
    expect(() => queue.enter({ tenant: 'a', workMs: 10_000 })).not.toThrow()
  })
})

describe('a greedy peer with 100 requests beside an honest one', () => {
  it.each([1, 2, 4])('lets it wait for one turn of its own at most, with %i slots', async slots => {
    const queue = new FairQueue({ capacity: slots })
    queue.useStanding(standing())
    let turn = 0
    const running: (() => void)[] = []
    const enter = (tenant: string, onTurn: (turn: number) => void) => {
      const ticket = queue.enter({ tenant, workMs: 1_000 })
      ticket.granted.then(() => {
        onTurn(++turn)
        running.push(() => {
          vi.advanceTimersByTime(1_000 / slots)
          ticket.release()
        })
      })
    }
    for (let count = 0; count < 100; count++) enter('strangers', () => undefined)
    vi.advanceTimersByTime(1_000)
    const waits: number[] = []
    for (let question = 0; question < 20; question++) {
      await Promise.resolve()
      const cameAt = turn
      let gotAt = 0
      enter('newcomers', at => {
        gotAt = at
      })
      while (gotAt === 0) {
        running.shift()?.()
        await new Promise(resolve => setImmediate(resolve))
      }
      waits.push(gotAt - cameAt)
    }
    // Work of the same size in each turn: the turn that it waits for, and its own, are twice the unloaded time.
    expect(Math.max(...waits)).toBeLessThanOrEqual(2)
  })

  it('does not slow the reading of its prompt to less than half, however many prompts it has under way itself', async () => {
    const order: string[] = []
    const gate = new TickGate()
    const prompt = async (tenant: string, parts: number) => {
      for (let part = 0; part < parts; part++) {
        await gate.prefill(64, async () => void order.push(tenant), tenant)
      }
    }
    const greedy = Array.from({ length: 7 }, () => prompt('greedy', 20))
    await prompt('honest', 20)
    // As many parts of the greedy one as of its own, and the one that was under way when it came.
    expect(order.filter(tenant => tenant === 'greedy').length).toBeLessThanOrEqual(21)
    await Promise.all(greedy)
    expect(order).toHaveLength(160)
  })

  it('saves up no turns while it asks for nothing', async () => {
    const order: string[] = []
    const gate = new TickGate()
    const read = (tenant: string) => gate.prefill(64, async () => void order.push(tenant), tenant)
    for (let part = 0; part < 10; part++) await read('early')
    await Promise.all(Array.from({ length: 10 }, () => [read('early'), read('late')]).flat())
    const half = order.slice(10, 20)
    expect(half.filter(tenant => tenant === 'late').length).toBe(5)
  })
})
