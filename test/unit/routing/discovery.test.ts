import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProviderSource } from '../../../src/interface/index.ts'
import { discover } from '../../../src/routing/discovery.ts'
import { expectWithin } from '../../fault/support/within.ts'
import { advertOf, clockedDirectory, ENVELOPE } from './fixtures.ts'

const forever: ProviderSource['search'] = (_, signal) =>
  new Promise(resolve => signal.addEventListener('abort', () => resolve()))

describe('discovery', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Runs a search, and says how it stands. */
  function searching(sources: ProviderSource[], known: string[] = [], signal?: AbortSignal, hasOwnModels = false) {
    const { directory } = clockedDirectory()
    for (const peerId of known) directory.offer(advertOf(peerId), { origin: 'direct', envelope: ENVELOPE })
    const state = { over: false, errors: [] as string[], directory }
    void discover(
      { directory, sources, onError: source => state.errors.push(source) },
      { model: 'm', isEnough: () => directory.get('wanted') !== undefined, timeoutMs: 5_000, hasOwnModels, signal }
    ).then(() => {
      state.over = true
    })
    return state
  }

  it('is over at once when there is enough', async () => {
    let searches = 0
    const state = searching([{ name: 's', search: async () => void searches++ }], ['wanted'])
    await vi.advanceTimersByTimeAsync(0)
    expect(state.over).toBe(true)
    expect(searches).toBe(0)
  })

  it('is over as soon as an advert makes it enough, and stops all sources', async () => {
    const signals: AbortSignal[] = []
    const search: ProviderSource['search'] = async (model, signal) => {
      signals.push(signal)
      await forever(model, signal)
    }
    const state = searching([{ name: 's', search }])
    await vi.advanceTimersByTimeAsync(1_000)
    state.directory.offer(advertOf('other'), { origin: 'gossip', envelope: ENVELOPE })
    await vi.advanceTimersByTimeAsync(0)
    expect(state.over).toBe(false)
    state.directory.offer(advertOf('wanted', { issuedAtMs: 0 }), { origin: 'direct', envelope: ENVELOPE })
    await vi.advanceTimersByTimeAsync(0)
    expect(state.over).toBe(true)
    expect(signals.map(signal => signal.aborted)).toEqual([true])
  })

  it('ends early when all sources are done, others are known and no news came', async () => {
    const state = searching([{ name: 's', search: async () => undefined }], ['other'])
    await vi.advanceTimersByTimeAsync(2_499)
    expect(state.over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(state.over).toBe(true)
  })

  it('does not end early while a source is at work', async () => {
    const state = searching([{ name: 's', search: forever }], ['other'])
    await vi.advanceTimersByTimeAsync(4_000)
    expect(state.over).toBe(false)
  })

  it('does not end early while nobody at all is known', async () => {
    const state = searching([{ name: 's', search: async () => undefined }])
    await vi.advanceTimersByTimeAsync(4_000)
    expect(state.over).toBe(false)
    state.directory.offer(advertOf('wanted'), { origin: 'direct', envelope: ENVELOPE })
    await vi.advanceTimersByTimeAsync(0)
    expect(state.over).toBe(true)
  })

  it('ends early while nobody is known on a node that has models itself: the name is wrong', async () => {
    const state = searching([{ name: 's', search: async () => undefined }], [], undefined, true)
    await vi.advanceTimersByTimeAsync(2_499)
    expect(state.over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(state.over).toBe(true)
  })

  it('hides nothing behind a source that fails', async () => {
    const dead = { name: 'dead', search: async () => Promise.reject(new Error('no')) }
    const state = searching([dead, { name: 's', search: forever }], ['other'])
    await vi.advanceTimersByTimeAsync(3_000)
    expect(state).toMatchObject({ over: false, errors: ['dead'] })
  })

  it('is over when the caller gives up', async () => {
    const controller = new AbortController()
    const state = searching([{ name: 's', search: forever }], [], controller.signal)
    controller.abort()
    await vi.advanceTimersByTimeAsync(0)
    expect(state).toMatchObject({ over: true, errors: [] })
  })

  it('is over at its limit, whatever the sources do', async () => {
    vi.useRealTimers()
    const { directory } = clockedDirectory()
    const stuck: ProviderSource = { name: 'stuck', search: () => new Promise(() => undefined) }
    const startedAtMs = performance.now()
    const init = { directory, sources: [stuck], onError: () => undefined }
    await discover(init, { model: 'm', isEnough: () => false, timeoutMs: 60, signal: undefined })
    expectWithin(performance.now() - startedAtMs, 1_000)
  })
})
