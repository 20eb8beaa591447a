import { describe, expect, it, vi } from 'vitest'
import { EventChannel } from '../../../src/inference/llama/event-channel.ts'
import { Job } from '../../../src/inference/llama/job.ts'
import { JobBook } from '../../../src/inference/llama/job-book.ts'
import { EngineCrashedError, type EngineEvent, textMessage } from '../../../src/interface/index.ts'

const progress = (done: number): EngineEvent => ({ type: 'progress', phase: 'prefill', done, total: 9 })

function channelWith() {
  const source = { start: vi.fn(), onRead: vi.fn(), onLeave: vi.fn() }
  return { source, channel: new EventChannel(source) }
}

describe('EventChannel', () => {
  it('starts with the first read and keeps only the newest sign of life', async () => {
    const { source, channel } = channelWith()
    expect(source.start).not.toHaveBeenCalled()
    const first = channel.next()
    channel.push(progress(1))
    channel.push(progress(2))
    channel.push(progress(3))
    expect((await first).value).toEqual(progress(1))
    expect((await channel.next()).value).toEqual(progress(3))
    channel.close()
    expect((await channel.next()).done).toBe(true)
    expect(source.onRead).toHaveBeenCalledTimes(2)
  })

  it('hears a reader leave while it waits for an event', async () => {
    const { source, channel } = channelWith()
    const waiting = channel.next()
    await channel.return()
    expect((await waiting).done).toBe(true)
    expect(source.onLeave).toHaveBeenCalledTimes(1)
    await channel.return()
    expect(source.onLeave).toHaveBeenCalledTimes(1)
  })

  it('gives what was there before an error', async () => {
    const { channel } = channelWith()
    const first = channel.next()
    channel.push(progress(1))
    await first
    channel.push(progress(2))
    channel.fail(new Error('broken'))
    expect((await channel.next()).value).toEqual(progress(2))
    await expect(channel.next()).rejects.toThrow('broken')
    expect((await channel.next()).done).toBe(true)
  })
})

describe('JobBook', () => {
  const jobOf = (id: number) => {
    const events: EngineEvent[] = []
    const job = new Job(id, { model: 'auto', messages: [textMessage('user', `${id}`)] }, event => events.push(event))
    job.accepted = true
    return { job, events }
  }
  const beat = (requests: { id: number; phase: 'prefill'; done: number; total: number }[]) => ({
    type: 'beat' as const,
    rssBytes: 0,
    tickAgeMs: 0,
    loadPercent: 40,
    prefillTokensPerSecond: 0,
    decodeTokensPerSecond: 0,
    requests
  })

  it('passes one sign of life of the child on to running, waiting and loading requests', () => {
    const book = new JobBook()
    const running = jobOf(1)
    const waiting = jobOf(2)
    waiting.job.queuePosition = 3
    book.add(running.job)
    book.add(waiting.job)
    book.passOn(beat([{ id: 1, phase: 'prefill', done: 5, total: 10 }]), { loading: false, queued: 2 })
    expect(running.events).toEqual([{ type: 'progress', phase: 'prefill', done: 5, total: 10 }])
    expect(waiting.events).toEqual([{ type: 'progress', phase: 'queued', done: 2, total: 0 }])
    book.passOn(beat([]), { loading: true, queued: 2 })
    expect(waiting.events.at(-1)).toEqual({ type: 'progress', phase: 'loading', done: 40, total: 100 })
  })

  it('fails at a crash only what the child had begun with, and names it by hash', async () => {
    const book = new JobBook()
    const begun = jobOf(1)
    const untouched = jobOf(2)
    book.add(begun.job)
    book.add(untouched.job)
    const first = begun.job.untilPrepared()
    const second = untouched.job.untilPrepared()
    book.receive({ type: 'received', id: 1 })
    const suspects = book.crash(new EngineCrashedError('died'))
    expect(suspects).toEqual([begun.job.fingerprint()])
    expect(suspects[0]).toMatch(/^[0-9a-f]{64}$/)
    await expect(first).rejects.toMatchObject({ code: 'engine_crashed' })
    expect(await second).toBeUndefined()
  })
})
