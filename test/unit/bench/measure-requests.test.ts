import type { EngineEvent, InferenceEngine } from 'p2pai'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { measureRequests } from '../../../bench/real/measure-requests.ts'
import { RealTime } from '../../../bench/real/real-time.ts'
import { Asker } from '../../../bench/sim/asker.ts'
import { DEFAULTS } from '../../../bench/sim/config.ts'
import { drawDevices } from '../../../bench/sim/devices.ts'
import { Provider } from '../../../bench/sim/provider.ts'
import { seeded } from '../../../bench/sim/random.ts'

const model = { name: 'a', digest: '0' }
const CONFIG = { ...DEFAULTS, providers: 100, warmupMs: 1_000, measuredMs: 60_000, cooldownMs: 180_000 }

type Generate = InferenceEngine['generate']

/** Takes a request and says nothing until the asker leaves. */
const silent: Generate = async function* (_, { signal } = {}): AsyncGenerator<EngineEvent> {
  yield { type: 'accepted', queuePosition: 0, model, contextSizeTokens: 1, provider: { peerId: 'p' } }
  await new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason))
  })
}

/** Gives one token, and never an end. */
const endless: Generate = async function* (): AsyncGenerator<EngineEvent> {
  yield { type: 'accepted', queuePosition: 0, model, contextSizeTokens: 1, provider: { peerId: 'p' } }
  yield { type: 'delta', channel: 'answer', text: 'x', tokenCount: 1 }
  await new Promise(() => undefined)
}

/** Fails at once. */
// biome-ignore lint/correctness/useYield: it has nothing to give
const broken: Generate = async function* (): AsyncGenerator<EngineEvent> {
  throw new Error('broken')
}

describe('requests to real nodes', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  async function measure(generate: Generate) {
    const time = new RealTime()
    const devices = drawDevices(CONFIG.providers, CONFIG.mix, seeded(1))
    const providers = devices.map((device, index) => new Provider(index, device, []))
    const measured = measureRequests({
      config: CONFIG,
      time,
      providers,
      byPeer: new Map([['p', providers[0]!]]),
      threads: [],
      askers: [new Asker(0, time, seeded(2), undefined)],
      nodes: [{ engine: { generate } }],
      random: seeded(3)
    })
    await vi.advanceTimersByTimeAsync(CONFIG.warmupMs + CONFIG.measuredMs + CONFIG.cooldownMs)
    time.stop()
    return await measured
  }

  it.each([
    ['has no first token', silent],
    ['fails', broken]
  ])('count as 180 s when one %s', async (_, generate) => {
    const { requests, success, firstToken, completion } = await measure(generate)
    expect(requests).toBeGreaterThan(20)
    expect(success).toBe(0)
    expect(firstToken).toEqual({ p50: 180, p95: 180, p99: 180 })
    expect(completion.p50).toBe(180)
  })

  it('count as long as they took, and 180 s at least, when they have no end', async () => {
    const { requests, success, firstToken, completion } = await measure(endless)
    expect(requests).toBeGreaterThan(20)
    expect(success).toBe(0)
    expect(firstToken.p95).toBe(0)
    expect(completion.p50).toBeGreaterThan(180)
    expect(completion.p99).toBeLessThanOrEqual(240)
  })
})
