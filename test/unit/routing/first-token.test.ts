import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { AbortedError, BusyError, type EngineEvent, type P2paiError } from '../../../src/interface/index.ts'
import { blameFor } from '../../../src/routing/blame.ts'
import { type FirstTokenInit, firstToken } from '../../../src/routing/first-token.ts'
import { Lane } from '../../../src/routing/lane.ts'
import { answerEvents } from './fixtures.ts'

const [ACCEPTED, DELTA] = answerEvents('Hi')
const QUEUED: EngineEvent = { type: 'progress', phase: 'queued', done: 1, total: 0 }

/** A provider that gives each of these after its time, and then nothing until it is stopped. */
function provider(peerId: string, steps: [number, EngineEvent | Error][]) {
  const state = { isOpen: false }
  const lane = new Lane({
    choice: { peerId, address: peerId, isLocal: false },
    signal: undefined,
    check: () => undefined,
    open: async function* (signal) {
      state.isOpen = true
      try {
        for (const [afterMs, step] of steps) {
          await passed(afterMs, signal)
          if (step instanceof Error) throw step
          yield step
        }
        await passed(1e9, signal)
      } finally {
        state.isOpen = false
      }
    }
  })
  return { lane, state }
}

async function passed(durationMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, durationMs)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new AbortedError('left'))
    })
  })
}

/** Reads up to the first token, or up to so many events. */
async function race(init: Partial<FirstTokenInit> & Pick<FirstTokenInit, 'first'>, leaveAfter = 1_000) {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const left: string[] = []
  const events: string[] = []
  const running = firstToken({
    second: async () => undefined,
    toReader: (event, lane) => {
      events.push(`${lane.choice.peerId} ${event.type}`)
      return event
    },
    onLeft: lane => void left.push(lane.choice.peerId),
    ...init
  })
  const reading = (async () => {
    for (let seen = 0; seen < leaveAfter; seen++) {
      const { value, done } = await running.next()
      if (done === true) return value
    }
    await running.return(undefined as never)
    return undefined
  })()
  await vi.advanceTimersByTimeAsync(60_000)
  const result = await reading
  return { result, left, events, timers: vi.getTimerCount() }
}

describe('the race for the first token', () => {
  it('a reader that leaves while two are at work stops both, and every timer', async () => {
    const first = provider('a', [[0, ACCEPTED!], ...Array<[number, EngineEvent]>(50).fill([900, QUEUED])])
    const second = provider('b', [[0, ACCEPTED!]])
    const { timers } = await race(
      { first: first.lane, hedgeAfterMs: 1_000, acceptWithinMs: 5_000, second: async () => second.lane },
      6
    )
    expect([first.state.isOpen, second.state.isOpen]).toEqual([false, false])
    expect(timers).toBe(0)
  })

  it('the time to accept ends with the first provider, not with the one that took over', async () => {
    const first = provider('a', [[200, new BusyError('full')]])
    const second = provider('b', [
      [300, ACCEPTED!],
      [9_000, DELTA!]
    ])
    const init = { first: first.lane, isTied: true, acceptWithinMs: 1_400, second: async () => second.lane }
    const { result, events } = await race(init)
    expect(result).toMatchObject({ lane: second.lane, event: DELTA })
    expect(events).toEqual(['b accepted'])
  })

  it('a first token does not wait for a second provider that is still being chosen, which is never asked then', async () => {
    const first = provider('a', [
      [0, ACCEPTED!],
      [1_100, DELTA!]
    ])
    const second = provider('b', [[0, ACCEPTED!]])
    const isOpened = vi.fn()
    const slowChoice = async () => {
      await new Promise(resolve => setTimeout(resolve, 20_000))
      isOpened()
      return second.lane
    }
    const { result } = await race({ first: first.lane, hedgeAfterMs: 1_000, second: slowChoice })
    expect(result).toMatchObject({ lane: first.lane, event: DELTA })
    expect(isOpened).toHaveBeenCalled()
    expect(second.state.isOpen).toBe(false)
  })

  it('a second one that cannot be chosen costs the first nothing, and is asked for again', async () => {
    const first = provider('a', [
      [0, ACCEPTED!],
      [30_000, DELTA!]
    ])
    const second = vi.fn(async () => Promise.reject(new BusyError('nobody')))
    const { result, left } = await race({ first: first.lane, hedgeAfterMs: 1_000, second })
    expect(result).toMatchObject({ lane: first.lane, event: DELTA })
    expect(left).toEqual([])
    expect(second.mock.calls.length).toBeGreaterThan(2)
  })

  it('the reader gets what the winner said, in order, and of a loser only what came before', async () => {
    const first = provider('a', [[0, ACCEPTED!], ...Array<[number, EngineEvent]>(3).fill([400, QUEUED])])
    const flood = Array<[number, EngineEvent]>(5_000).fill([0, QUEUED])
    const second = provider('b', [[0, ACCEPTED!], ...flood, [5_000, DELTA!]])
    const { result, events } = await race({ first: first.lane, hedgeAfterMs: 1_000, second: async () => second.lane })
    expect(result).toMatchObject({ lane: second.lane })
    // Of a flood that nobody sees the last is kept.
    expect(events).toEqual(['a accepted', 'a progress', 'a progress', 'a progress', 'b accepted', 'b progress'])
  })

  it('a provider that does not take the request in time is silent, not busy', async () => {
    const first = provider('a', [])
    const { result } = await race({ first: first.lane, acceptWithinMs: 1_400 })
    expect(result).toMatchObject({ error: { code: 'provider_silent' } })
    expect(blameFor((result as { error: P2paiError }).error)).toBe('rest')
  })
})
