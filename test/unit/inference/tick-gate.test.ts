import { describe, expect, it } from 'vitest'
import { Credit, MAX_UNREAD_TOKENS } from '../../../src/inference/llama/child/credit.ts'
import { PrefillPacer } from '../../../src/inference/llama/child/prefill-pacer.ts'
import { ThreadGovernor, type TickLoad } from '../../../src/inference/llama/child/thread-governor.ts'
import { TickGate } from '../../../src/inference/llama/child/tick-gate.ts'

const pause = () => new Promise(resolve => setTimeout(resolve, 2))

describe('TickGate', () => {
  it('runs the steps of all sequences together in every tick', async () => {
    const sizes: number[] = []
    const gate = new TickGate({ onOpen: load => sizes.push(load.decodes), onClose: () => undefined })
    const sequence = async () => {
      for (let step = 0; step < 10; step++) await gate.decode(pause)
    }
    await Promise.all([sequence(), sequence(), sequence(), sequence()])
    expect(sizes).toEqual(Array(10).fill(4))
  })

  it('lets one part of one prompt into a tick, whoever else waits', async () => {
    const ticks: TickLoad[] = []
    const gate = new TickGate({
      onOpen: load => ticks.push(load),
      onClose: () => undefined
    })
    const prompts = [5, 6, 7].map(tokens => gate.prefill(tokens, pause, 'peer'))
    const token = gate.decode(pause)
    await Promise.all([...prompts, token])
    expect(ticks).toEqual([
      { decodes: 1, prefillTokens: 5 },
      { decodes: 0, prefillTokens: 6 },
      { decodes: 0, prefillTokens: 7 }
    ])
  })

  it('goes on when a step fails, and tells its age only while a tick runs', async () => {
    const gate = new TickGate()
    expect(gate.ageMs()).toBe(0)
    await expect(gate.decode(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    const next = gate.decode(async () => {
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

  const one = { decodes: 1, prefillTokens: 0 }
  const four = { decodes: 4, prefillTokens: 0 }
  const prompt = { decodes: 0, prefillTokens: 64 }

  it('takes the threads that are best for the size of the batch', () => {
    const governor = new ThreadGovernor({ timings, sequences: 4 })
    expect(governor.threadsFor(one, 0)).toBe(1)
    expect(governor.threadsFor(four, 0)).toBe(2)
    expect(governor.threadsFor(prompt, 0)).toBe(2)
  })

  it('steps down when other work takes the cores, and comes back, later each time', () => {
    const governor = new ThreadGovernor({ timings, sequences: 4 })
    for (let tick = 0; tick < 10; tick++) governor.record(four, 2, 22, 1000)
    expect(governor.threadsFor(four, 1000)).toBe(2)
    governor.record(four, 2, 2000, 1000)
    expect(governor.threadsFor(four, 1001)).toBe(1)
    expect(governor.threadsFor(four, 32_000)).toBe(2)
    governor.record(four, 2, 2000, 32_000)
    expect(governor.threadsFor(four, 70_000)).toBe(1)
  })

  it('steps down in a prompt too', () => {
    const governor = new ThreadGovernor({ timings, sequences: 4 })
    for (let tick = 0; tick < 20; tick++) governor.record(prompt, 2, 300, 1000)
    expect(governor.threadsFor(prompt, 1000)).toBe(2)
    for (let tick = 0; tick < 4; tick++) governor.record(prompt, 2, 4000, 1000)
    expect(governor.threadsFor(prompt, 1001)).toBe(1)
  })
})
