import { describe, expect, it } from 'vitest'
import { Credit, MAX_UNREAD_TOKENS } from '../../../src/inference/llama/child/credit.ts'
import { PrefillPacer } from '../../../src/inference/llama/child/prefill-pacer.ts'
import { ThreadGovernor } from '../../../src/inference/llama/child/thread-governor.ts'
import { TickGate } from '../../../src/inference/llama/child/tick-gate.ts'

const pause = () => new Promise(resolve => setTimeout(resolve, 2))

describe('TickGate', () => {
  it('runs the steps of all sequences together in every tick', async () => {
    const sizes: number[] = []
    const gate = new TickGate({ onOpen: decodes => sizes.push(decodes), onClose: () => undefined })
    const sequence = async () => {
      for (let step = 0; step < 10; step++) await gate.step('decode', pause)
    }
    await Promise.all([sequence(), sequence(), sequence(), sequence()])
    expect(sizes).toEqual(Array(10).fill(4))
  })

  it('lets one part of one prompt into a tick, whoever else waits', async () => {
    const ticks: [number, boolean][] = []
    const gate = new TickGate({
      onOpen: (decodes, prefills) => ticks.push([decodes, prefills]),
      onClose: () => undefined
    })
    const prompts = [1, 2, 3].map(() => gate.step('prefill', pause))
    const token = gate.step('decode', pause)
    await Promise.all([...prompts, token])
    expect(ticks).toEqual([
      [1, true],
      [0, true],
      [0, true]
    ])
  })

  it('goes on when a step fails, and tells its age only while a tick runs', async () => {
    const gate = new TickGate()
    expect(gate.ageMs()).toBe(0)
    await expect(gate.step('decode', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    const next = gate.step('decode', async () => {
      await pause()
      return gate.ageMs()
    })
    expect(await next).toBeGreaterThan(0)
    expect(gate.ageMs()).toBe(0)
    expect(gate.p99Ms()).toBeGreaterThan(0)
  })
})

describe('PrefillPacer', () => {
  it('comes to parts of about 200 ms, from 32 to what the batch holds', () => {
    const pacer = new PrefillPacer(4)
    for (let tick = 0; tick < 20; tick++) pacer.record(pacer.chunkTokens, pacer.chunkTokens / 0.5)
    expect(pacer.chunkTokens).toBeGreaterThan(90)
    expect(pacer.chunkTokens).toBeLessThan(110)
    for (let tick = 0; tick < 20; tick++) pacer.record(pacer.chunkTokens, 10_000)
    expect(pacer.chunkTokens).toBe(32)
    for (let tick = 0; tick < 20; tick++) pacer.record(pacer.chunkTokens, 1)
    expect(pacer.chunkTokens).toBe(508)
  })
})

describe('Credit', () => {
  it('holds a sequence back beyond the bound, and lets it go when the reader reads or leaves', async () => {
    const credit = new Credit()
    const reader = new AbortController()
    credit.sent(MAX_UNREAD_TOKENS)
    await credit.room(reader.signal)
    credit.sent(1)
    let waiting = true
    const room = credit.room(reader.signal).then(() => {
      waiting = false
    })
    await pause()
    expect(waiting).toBe(true)
    credit.read(1)
    await room
    credit.sent(10)
    const left = credit.room(reader.signal)
    reader.abort()
    await left
  })
})

describe('ThreadGovernor', () => {
  const timings = [
    { threads: 1, oneMs: 10, allMs: 40 },
    { threads: 2, oneMs: 12, allMs: 22 }
  ]

  it('takes the threads that are best for the size of the batch', () => {
    const governor = new ThreadGovernor({ timings, sequences: 4 })
    expect(governor.threadsFor(1, false, 0)).toBe(1)
    expect(governor.threadsFor(4, false, 0)).toBe(2)
    expect(governor.threadsFor(0, true, 0)).toBe(2)
  })

  it('retreats to one thread when other work takes the cores, and comes back', () => {
    const governor = new ThreadGovernor({ timings, sequences: 4 })
    for (let tick = 0; tick < 10; tick++) governor.record(4, 2, 22, 1000)
    expect(governor.threadsFor(4, false, 1000)).toBe(2)
    for (let tick = 0; tick < 20; tick++) governor.record(4, 2, 400, 1000)
    expect(governor.threadsFor(4, false, 1001)).toBe(1)
    expect(governor.threadsFor(4, false, 40_000)).toBe(2)
  })
})
