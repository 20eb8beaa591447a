import { generateKeyPair } from '@libp2p/crypto/keys'
import type { ContentRouting, PeerInfo } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { CID } from 'multiformats/cid'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DhtProvider, dhtSource, keysOfModels, servableKeys } from '../../../src/routing/index.ts'
import { keyOfWanted, keyToCid } from '../../../src/routing/model-keys.ts'
import { localModel, modelOf } from './fixtures.ts'

const MINUTE_MS = 60_000

describe('keys of the DHT', () => {
  it('puts a model under its name with and without words of the tag, and a chat model under any', () => {
    expect(keysOfModels([modelOf({ name: 'SmolLM2:135M-Q4_1' })])).toEqual([
      'any',
      'name/smollm2',
      'name/smollm2-135m',
      'name/smollm2-135m-q4_1'
    ])
    const embedder = modelOf({ name: 'embed', features: { ...modelOf().features, chat: false } })
    expect(keysOfModels([embedder])).toEqual(['name/embed'])
    expect(keysOfModels([])).toEqual([])
  })

  it.each([
    ['auto', 'any'],
    [' AUTO ', 'any'],
    ['SmolLM2', 'name/smollm2'],
    ['smollm2:135m-q4_1', 'name/smollm2-135m-q4_1'],
    ['SmolLM2-135M-Instruct', 'name/smollm2-135m'],
    ['abcdef012345', 'any'],
    ['abcdef01234', 'name/abcdef01234'],
    ['sha256:abc', 'any']
  ])('looks for %s under %s', (wanted, key) => {
    expect(keyOfWanted(wanted)).toBe(key)
  })

  it('has a key of its own for each task', () => {
    expect(keyOfWanted('auto', 'embeddings')).toBe('any/embeddings')
    expect(keyOfWanted('abcdef012345', 'rerank')).toBe('any/rerank')
    expect(keyOfWanted('minilm', 'embeddings')).toBe('name/minilm')
    const features = { chat: false, schema: false, tools: false, resume: false, logprobs: 0, embeddings: true }
    expect(keysOfModels([{ name: 'minilm', features }])).toEqual(['any/embeddings', 'name/minilm'])
  })

  it('puts nothing anywhere for models that cannot be served', () => {
    const states = ['warm', 'cold', 'loading', 'failed', 'quarantined'] as const
    const models = states.map(state => localModel({ name: state, state }))
    expect(servableKeys(models)).toEqual(['any', 'name/warm', 'name/cold'])
  })

  it('finds under a key what was put there: the same CID each time, another for each key', async () => {
    const [first, again, other] = await Promise.all([keyToCid('any'), keyToCid('any'), keyToCid('name/x')])
    expect(first.toString()).toBe(again.toString())
    expect(first.toString()).not.toBe(other.toString())
    // sha256 of "p2p-ai/provider/1/any" as CIDv1 raw: what another implementation must come to.
    expect(first.version).toBe(1)
    expect(first.code).toBe(0x55)
    expect(first.multihash.code).toBe(0x12)
  })
})

describe('search in the DHT', () => {
  async function peers(count: number): Promise<PeerInfo[]> {
    return await Promise.all(
      Array.from({ length: count }, async () => ({
        id: peerIdFromPrivateKey(await generateKeyPair('Ed25519')),
        multiaddrs: []
      }))
    )
  }

  function found(infos: PeerInfo[]): Pick<ContentRouting, 'findProviders'> {
    return {
      async *findProviders() {
        for (const info of infos) yield { ...info, routing: 'test' }
      }
    }
  }

  it('meets each peer once, itself never, and waits for all', async () => {
    const [a, b, self] = await peers(3)
    const met: string[] = []
    const meet = async (peerId: string) => {
      await new Promise(resolve => setTimeout(resolve, 1))
      met.push(peerId)
      return true
    }
    const source = dhtSource({ contentRouting: found([a!, b!, a!, self!]), meet, selfId: self!.id.toString() })
    await source.search('auto', new AbortController().signal)
    expect(met.sort()).toEqual([a!.id.toString(), b!.id.toString()].sort())
  })

  it('meets 32 peers at most', async () => {
    let met = 0
    const meet = async () => ++met > 0
    const source = dhtSource({ contentRouting: found(await peers(40)), meet, selfId: 'self' })
    await source.search('auto', new AbortController().signal)
    expect(met).toBe(32)
  })
})

describe('records in the DHT', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function providing(keys: string[], failures = 0) {
    const provided: string[] = []
    const cancelled: string[] = []
    let left = failures
    const provide = async (cid: CID) => {
      if (left-- > 0) throw new Error('no peers')
      provided.push(cid.toString())
    }
    const errors: unknown[] = []
    const provider = new DhtProvider({
      contentRouting: { provide, cancelReprovide: async cid => void cancelled.push(cid.toString()) },
      keys: async () => keys,
      onError: error => errors.push(error)
    })
    return { provider, provided, cancelled, errors, keys }
  }

  it('makes a record for each key once, and for a new key when models change', async () => {
    const { provider, provided, keys } = providing(['any', 'name/a'])
    provider.changed()
    await vi.waitFor(() => expect(provided).toHaveLength(2))
    provider.changed()
    keys.push('name/b')
    await vi.advanceTimersByTimeAsync(1)
    provider.changed()
    await vi.waitFor(() => expect(provided).toHaveLength(3))
    await provider.stop()
  })

  it('makes a record for a model that comes while others are made', async () => {
    const { provider, provided, keys } = providing(['any'])
    provider.changed()
    keys.push('name/a')
    provider.changed()
    keys.push('name/b')
    await vi.waitFor(() => expect(provided).toHaveLength(3))
    await provider.stop()
  })

  it('makes a record again for a model that was gone and came back', async () => {
    const { provider, provided, cancelled, keys } = providing(['any', 'name/a'])
    provider.changed()
    await vi.waitFor(() => expect(provided).toHaveLength(2))
    keys.pop()
    provider.changed()
    await vi.advanceTimersByTimeAsync(1)
    keys.push('name/a')
    provider.changed()
    await vi.waitFor(() => expect(provided).toHaveLength(3))
    expect(provided[2]).toBe(provided[1])
    // Meanwhile libp2p was told to renew it no more.
    expect(cancelled).toEqual([provided[1]])
    await provider.stop()
  })

  it('makes all records anew after 22 to 28 minutes', async () => {
    const { provider, provided } = providing(['any'])
    provider.changed()
    await vi.waitFor(() => expect(provided).toHaveLength(1))
    await vi.advanceTimersByTimeAsync(22 * MINUTE_MS - 1_000)
    expect(provided).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(6 * MINUTE_MS + 2_000)
    await vi.waitFor(() => expect(provided).toHaveLength(2))
    await provider.stop()
  })

  it('makes them anew by then however often models change', async () => {
    const { provider, provided } = providing(['any'])
    for (let minute = 0; minute < 30; minute++) {
      provider.changed()
      await vi.advanceTimersByTimeAsync(MINUTE_MS)
    }
    expect(provided).toHaveLength(2)
    await provider.stop()
  })

  it('tells libp2p to renew no more what went away before it was made anew', async () => {
    const { provider, provided, cancelled, keys } = providing(['any', 'name/a'])
    provider.changed()
    await vi.waitFor(() => expect(provided).toHaveLength(2))
    keys.pop()
    await vi.advanceTimersByTimeAsync(28 * MINUTE_MS)
    expect(cancelled).toEqual([provided[1]])
    await provider.stop()
  })

  it('tries again after 15 s what failed', async () => {
    const { provider, provided, errors } = providing(['any', 'name/a'], 1)
    provider.changed()
    await vi.waitFor(() => expect(provided).toHaveLength(1))
    expect(errors).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(15_001)
    await vi.waitFor(() => expect(provided).toHaveLength(2))
    await provider.stop()
  })

  it('does nothing more once it is stopped', async () => {
    const { provider, provided } = providing(['any'])
    await provider.stop()
    provider.changed()
    await vi.advanceTimersByTimeAsync(60 * MINUTE_MS)
    expect(provided).toEqual([])
  })

  it('outlives keys that cannot be read', async () => {
    const errors: unknown[] = []
    const provider = new DhtProvider({
      contentRouting: { provide: async () => undefined, cancelReprovide: async () => undefined },
      keys: async () => Promise.reject(new Error('the engine is gone')),
      onError: error => errors.push(error)
    })
    provider.changed()
    await vi.waitFor(() => expect(errors).toHaveLength(1))
    await provider.stop()
  })
})
