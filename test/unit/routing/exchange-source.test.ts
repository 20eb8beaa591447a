import type { Libp2p } from 'libp2p'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AdvertExchange } from '../../../src/node/advert-exchange.ts'
import { exchangeSource } from '../../../src/node/exchange-source.ts'

describe('the exchange as a source', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function searching(peers: string[]) {
    const synced = Promise.withResolvers<void>()
    const libp2p = { getPeers: () => peers } as unknown as Libp2p
    const exchange = { synced: synced.promise, hearsAll: true } as unknown as AdvertExchange
    const state = { isOver: false, synced: () => synced.resolve() }
    void exchangeSource(libp2p, exchange)
      .search('m', new AbortController().signal)
      .then(() => {
        state.isOver = true
      })
    return state
  }

  it('is done after 2.5 s on a node that nobody is connected to', async () => {
    const state = searching([])
    await vi.advanceTimersByTimeAsync(1_900)
    expect(state.isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(600)
    expect(state.isOver).toBe(true)
  })

  it('waits for the set of a peer that comes in time', async () => {
    const peers: string[] = []
    const state = searching(peers)
    await vi.advanceTimersByTimeAsync(1_000)
    peers.push('a')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(state.isOver).toBe(false)
    state.synced()
    await vi.advanceTimersByTimeAsync(0)
    expect(state.isOver).toBe(true)
  })
})
