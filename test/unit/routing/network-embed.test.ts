import { describe, expect, it } from 'vitest'
import {
  type AcceptedEvent,
  BusyError,
  type EmbedResult,
  type ErrorCode,
  errorFromCode,
  type ModelFeatures,
  type ProgressEvent,
  type RemoteEmbed
} from '../../../src/interface/index.ts'
import { DIGEST } from './fixtures.ts'
import { networkBench } from './network-bench.ts'

const VECTORS: ModelFeatures = {
  chat: false,
  schema: false,
  tools: false,
  resume: false,
  logprobs: 0,
  embeddings: true
}
const MODEL = { name: 'minilm', digest: DIGEST }
const ACCEPTED: AcceptedEvent = { type: 'accepted', queuePosition: 0, model: MODEL, contextSizeTokens: 512 }
const RESULT: EmbedResult = { model: MODEL, promptTokens: 2, vectors: [Float32Array.of(1)] }
const REQUEST = { model: 'auto', inputs: ['one'] }
const OPTIONS = { route: { discoveryTimeoutMs: 30 } }

/** Peers with a model for vectors, which fail with these codes; one without a code answers. */
function embedBench(peers: Record<string, ErrorCode | undefined>, features: Partial<ModelFeatures> = {}) {
  const asked: { peer: string; deadlineMs: number | undefined }[] = []
  const answer = async (peer: string, deadlineMs: number | undefined) => {
    asked.push({ peer, deadlineMs })
    const code = peers[peer]
    if (code === 'busy') throw new BusyError('full', { details: { retryAfterMs: 700 } })
    if (code !== undefined) throw errorFromCode(code, `${code} here`)
  }
  const remoteEmbed: RemoteEmbed = {
    async embed(peer, { deadlineMs }, _, onEvent) {
      onEvent?.(ACCEPTED)
      await answer(peer, deadlineMs)
      return RESULT
    },
    async rerank(peer, { deadlineMs, documents }) {
      await answer(peer, deadlineMs)
      return { model: MODEL, promptTokens: 2, scores: documents.map(() => 1) }
    }
  }
  const model = { name: 'minilm', features: { ...VECTORS, ...features } }
  const scripts = Object.fromEntries(Object.keys(peers).map(peer => [peer, { model }]))
  return { ...networkBench(scripts, { remoteEmbed }), asked }
}

describe('vectors and ranks of the network', () => {
  it('come from the best provider, with who it was', async () => {
    const bench = embedBench({ a: undefined, b: undefined })
    const events: (AcceptedEvent | ProgressEvent)[] = []
    const options = { ...OPTIONS, onEvent: (event: AcceptedEvent | ProgressEvent) => void events.push(event) }
    expect(await bench.engine.embed(REQUEST, options)).toEqual({ ...RESULT, provider: { peerId: 'a' } })
    expect(events).toEqual([{ ...ACCEPTED, provider: { peerId: 'a' } }])
    expect(bench.outcomes).toEqual([{ peerId: 'a', outcome: 'ok' }])
  })

  it('come from the next one when one fails, however far it was', async () => {
    const bench = embedBench({ a: 'provider_lost', b: 'protocol_error', c: 'busy', d: 'engine_crashed', e: undefined })
    expect((await bench.engine.embed(REQUEST, OPTIONS)).provider).toEqual({ peerId: 'e' })
    expect(bench.asked.map(({ peer }) => peer)).toEqual([...'abcde'])
    expect(['a', 'b', 'c', 'd'].map(peer => bench.suspects.has(peer))).toEqual([true, true, false, false])
    expect(bench.suspects.isResting('d')).toBe(true)
  })

  it('are asked of six providers at most, and of none again for a request that is wrong', async () => {
    const many = embedBench(Object.fromEntries([...'abcdefgh'].map(peer => [peer, 'internal' as const])))
    await expect(many.engine.embed(REQUEST, OPTIONS)).rejects.toMatchObject({ code: 'internal' })
    expect(many.asked).toHaveLength(6)
    const code = 'context_length_exceeded'
    const wrong = embedBench({ a: code, b: code, c: undefined })
    await expect(wrong.engine.embed(REQUEST, OPTIONS)).rejects.toMatchObject({ code })
    expect(wrong.asked).toHaveLength(2)
    expect(wrong.suspects.has('a')).toBe(false)
  })

  it('come from a second provider when the first alone calls the request wrong, and the first rests', async () => {
    const bench = embedBench({ a: 'invalid_request', b: undefined })
    expect((await bench.engine.embed(REQUEST, OPTIONS)).provider).toEqual({ peerId: 'b' })
    expect(bench.suspects.isResting('a')).toBe(true)
    const only = embedBench({ a: 'invalid_request' })
    await expect(only.engine.embed(REQUEST, { route: { discoveryTimeoutMs: 60_000 } })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { attempts: [{ peerId: 'a', outcome: 'invalid_request' }] }
    })
  })

  it('are busy when all are, with the shortest wait and whom it asked', async () => {
    const bench = embedBench({ a: 'busy', b: 'busy' })
    await expect(bench.engine.embed(REQUEST, OPTIONS)).rejects.toMatchObject({
      code: 'busy',
      details: { retryAfterMs: 700, attempts: [{ peerId: 'a' }, { peerId: 'b' }] }
    })
  })

  it('are never asked of a model that cannot, nor is a prompt of one that only makes vectors', async () => {
    const bench = embedBench({ a: undefined })
    expect((await bench.run()).error?.code).toBe('no_provider')
    expect((await bench.run({ model: 'minilm' })).error).toMatchObject({
      code: 'unsupported_feature',
      details: { field: 'model' }
    })
    const rank = { model: 'minilm', query: 'one', documents: ['two'] }
    await expect(bench.engine.rerank(rank, OPTIONS)).rejects.toMatchObject({ code: 'unsupported_feature' })
    expect(bench.asked).toEqual([])
    expect((await bench.engine.models()).map(({ name }) => name)).toEqual(['minilm'])
    const ranking = embedBench({ a: undefined }, { embeddings: false, rerank: true })
    expect(await ranking.engine.rerank(rank, OPTIONS)).toMatchObject({ scores: [1], provider: { peerId: 'a' } })
  })

  it('are asked of the peer that was named, and of nobody else', async () => {
    const bench = embedBench({ a: undefined, b: 'provider_lost' })
    const named = bench.engine.embed(REQUEST, { route: { peer: 'b' } })
    await expect(named).rejects.toMatchObject({ code: 'provider_lost' })
    expect(bench.asked.map(({ peer }) => peer)).toEqual(['b'])
    await expect(bench.engine.embed(REQUEST, { route: { local: true } })).rejects.toMatchObject({ code: 'no_provider' })
  })

  it('are not taken when they are of another model than was asked for', async () => {
    const bench = embedBench({ a: undefined })
    const other = bench.engine.embed({ model: 'nomic', inputs: ['one'] }, { route: { peer: 'a' } })
    await expect(other).rejects.toMatchObject({ code: 'protocol_error' })
    expect(bench.suspects.has('a')).toBe(true)
    const same = await bench.engine.embed({ model: 'MiniLM', inputs: ['one'] }, { route: { peer: 'b' } })
    expect(same.model.name).toBe('minilm')
  })

  it('keep the deadline over all attempts, and end when their asker leaves', async () => {
    const bench = embedBench({ a: 'internal', b: undefined })
    await bench.engine.embed({ ...REQUEST, deadlineMs: 5_000 }, OPTIONS)
    for (const { deadlineMs } of bench.asked) expect(deadlineMs).toBeLessThanOrEqual(5_000)
    const aborted = bench.engine.embed(REQUEST, { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
  })

  it('are refused before anybody is asked when the request is wrong', async () => {
    const bench = embedBench({ a: undefined })
    await expect(bench.engine.embed({ model: 'auto', inputs: [] })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'inputs' }
    })
    expect(bench.asked).toEqual([])
  })
})
