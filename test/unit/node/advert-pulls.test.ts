import type { Libp2p } from 'libp2p'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AdvertPulls } from '../../../src/node/advert-pulls.ts'
import type { AdvertsWanted } from '../../../src/protocols/capabilities/index.ts'
import { ProviderDirectory } from '../../../src/routing/index.ts'
import { advertOf } from '../../fault/support/routed.ts'

describe('pulls of adverts', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function pulling({ isNeeded = true, connected = 3, providers = 10 } = {}) {
    const directory = new ProviderDirectory({ selfId: 'self' })
    for (let index = 0; index < providers; index++) {
      directory.offer(advertOf(`peer-${index}`, { ttlMs: 300_000 }), { origin: 'exchange', envelope: new Uint8Array() })
    }
    const asked: [string, AdvertsWanted][] = []
    const searched: string[] = []
    const problems: unknown[] = []
    const pulls = new AdvertPulls({
      libp2p: {
        getPeers: () => ['idle', ...Array.from({ length: connected }, (_, index) => `peer-${index}`)]
      } as unknown as Pick<Libp2p, 'getPeers'>,
      directory,
      ask: async (peerId, wanted) => asked.push([peerId, wanted]) > 0,
      search: async (model, _, task) => {
        searched.push(`${task} ${model}`)
        throw new Error('nobody there')
      },
      onError: error => problems.push(error),
      isNeeded: () => isNeeded
    })
    return { pulls, asked, searched, problems }
  }

  it('ask providers in reach for their own, and one peer for a sample of the others, within 30 to 60 s', async () => {
    const { pulls, asked } = pulling()
    pulls.asked('scripted', 'chat')
    await vi.advanceTimersByTimeAsync(29_999)
    expect(asked).toEqual([])
    await vi.advanceTimersByTimeAsync(30_001)
    const own = asked.filter(([, wanted]) => wanted === 'own').map(([peerId]) => peerId)
    expect(own.sort()).toEqual(['peer-0', 'peer-1', 'peer-2'])
    expect(asked.filter(([, wanted]) => wanted !== 'own').map(([, wanted]) => wanted)).toEqual([
      { count: 45, model: 'scripted', task: 'chat' }
    ])
    pulls.stop()
  })

  it('ask 48 at most, and then nobody for a sample', async () => {
    const { pulls, asked } = pulling({ connected: 100, providers: 100 })
    pulls.asked('scripted', 'chat')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(48)
    expect(new Set(asked.map(([peerId]) => peerId)).size).toBe(48)
    pulls.stop()
  })

  it('read the DHT too, for each model once in five minutes, whatever that comes to', async () => {
    const { pulls, searched, problems } = pulling()
    const asking = setInterval(() => pulls.asked('scripted', 'chat'), 30_000)
    pulls.asked('scripted', 'chat')
    await vi.advanceTimersByTimeAsync(290_000)
    expect(searched).toEqual(['chat scripted'])
    await vi.advanceTimersByTimeAsync(120_000)
    expect(searched).toEqual(['chat scripted', 'chat scripted'])
    expect(problems).toHaveLength(2)
    clearInterval(asking)
    pulls.stop()
  })

  it('end two minutes after the last question, and begin again with the next', async () => {
    const { pulls, asked } = pulling()
    pulls.asked('scripted', 'chat')
    await vi.advanceTimersByTimeAsync(180_000)
    const before = asked.length
    expect(before).toBeGreaterThan(0)
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(asked).toHaveLength(before)
    pulls.asked('scripted', 'chat')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked.length).toBeGreaterThan(before)
    pulls.stop()
  })

  it('ask nobody where gossip brings all, nor once stopped', async () => {
    const { pulls, asked } = pulling({ isNeeded: false })
    pulls.asked('scripted', 'chat')
    await vi.advanceTimersByTimeAsync(120_000)
    const stopped = pulling()
    stopped.pulls.asked('scripted', 'chat')
    stopped.pulls.stop()
    stopped.pulls.asked('scripted', 'chat')
    await vi.advanceTimersByTimeAsync(120_000)
    expect([...asked, ...stopped.asked]).toEqual([])
    pulls.stop()
  })
})
