import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbedOptions,
  type EmbedResult,
  type ErrorCode,
  type InferenceEngine,
  RefusedError
} from '../../src/interface/index.ts'
import { encodeEnd, encodeEvent, encodeScores, encodeVectors } from '../../src/protocols/embed/frame-codec.ts'
import { EMBED_PROTOCOL } from '../../src/protocols/embed/index.ts'
import { encodeRequest } from '../../src/protocols/embed/request-codec.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { SCRIPTED_DIMENSIONS, type ScriptedEngineOptions, scriptedEngine } from '../../src/testing/index.ts'
import { EMBED_ACCEPTED, embedAsker, embedAt, embedHost } from './support/embed-peers.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { faultProxy } from './support/fault-proxy.ts'
import { type Behaviour, hostileProvider, saying, sayingThenSilent } from './support/hostile-provider.ts'
import { addressOf, connect, openRaw, type RawPeer, rawPeer } from './support/raw-peer.ts'
import { hearFrames } from './support/raw-stream.ts'
import { routed } from './support/routed.ts'
import { until } from './support/until.ts'

const PATIENCE = { acceptTimeoutMs: 500, silenceMs: 500 }
const accepted = withPrefix(encodeEvent(EMBED_ACCEPTED))
const progress = withPrefix(encodeEvent({ type: 'progress', phase: 'prefill', done: 1, total: 2 }))
const end = withPrefix(encodeEnd(2))
const vectors = (...all: number[][]) => withPrefix(encodeVectors(all.map(numbers => Float32Array.from(numbers))))
const two = vectors([1, 0], [0, 1])
/** A frame of vectors with this many dimensions, of which nothing is said but the number. */
const dimensions = (...varint: number[]) => withPrefix(Uint8Array.of(0x1a, varint.length + 3, 8, ...varint, 0x12, 0))
const errorFrame = (code: string) =>
  withPrefix(Uint8Array.of(0x2a, code.length + 2, 0x0a, code.length, ...Buffer.from(code)))

const LIES: [string, Behaviour, ErrorCode][] = [
  ['vectors before accepted', saying(two, end), 'protocol_error'],
  ['progress before accepted', saying(progress), 'protocol_error'],
  ['an end before accepted', saying(end), 'protocol_error'],
  ['two accepted', saying(accepted, accepted), 'protocol_error'],
  ['one vector too few', saying(accepted, vectors([1, 0]), end), 'protocol_error'],
  ['one vector too many', saying(accepted, two, vectors([1, 0])), 'protocol_error'],
  ['no vectors at all', saying(accepted, end), 'protocol_error'],
  ['vectors of two lengths', saying(accepted, vectors([1, 0]), vectors([1]), end), 'protocol_error'],
  ['something that is no number', saying(accepted, vectors([Number.NaN, 0], [0, 1]), end), 'protocol_error'],
  ['infinity', saying(accepted, vectors([Number.POSITIVE_INFINITY, 0], [0, 1]), end), 'protocol_error'],
  ['a vector that is not of length 1', saying(accepted, vectors([3, 4], [0, 1]), end), 'protocol_error'],
  ['a vector of nothing', saying(accepted, vectors([0, 0], [0, 1]), end), 'protocol_error'],
  ['vectors without dimensions', saying(accepted, dimensions(0)), 'protocol_error'],
  ['vectors of too many dimensions', saying(accepted, dimensions(0x81, 0x80, 0x01)), 'protocol_error'],
  ['half a number', saying(accepted, withPrefix(Uint8Array.of(0x1a, 6, 8, 1, 0x12, 2, 1, 2))), 'protocol_error'],
  ['scores instead of vectors', saying(accepted, withPrefix(encodeScores([0, 1])), end), 'protocol_error'],
  ['a frame above the bound', saying(accepted, withPrefix(new Uint8Array(66_000))), 'protocol_error'],
  ['a frame that is no protobuf', saying(accepted, withPrefix(Uint8Array.of(0x1f, 1, 2))), 'protocol_error'],
  ['an error after accepted', saying(accepted, errorFrame('engine_crashed')), 'engine_crashed'],
  ['an error of a code that is not known', saying(accepted, errorFrame('what')), 'internal'],
  ['a close before accepted', saying(), 'provider_lost'],
  ['a close without an end', saying(accepted, two), 'provider_lost'],
  ['a close inside a frame', saying(accepted, two.subarray(0, 5)), 'provider_lost'],
  ['silence at once', sayingThenSilent(), 'provider_silent'],
  ['silence after accepted', sayingThenSilent(accepted, progress), 'provider_silent'],
  ['silence before the end', sayingThenSilent(accepted, two), 'provider_silent']
]

describe('a provider of vectors that lies', () => {
  expectNoEscapedErrors()
  let behave: Behaviour = () => undefined
  let provider: RawPeer
  let stranger: RawPeer

  beforeAll(async () => {
    provider = await hostileProvider(stream => behave(stream), EMBED_PROTOCOL)
    stranger = await rawPeer([])
  })
  afterAll(async () => {
    await stranger[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  })

  it.each(LIES)('%s', async (_, behaviour, code) => {
    behave = behaviour
    const { error, result } = await embedAt(embedAsker(stranger, PATIENCE), provider)
    expect(error?.code).toBe(code)
    expect(result).toBeUndefined()
    expect(stranger.getConnections()).toHaveLength(1)
  })

  it('a score above 1, or one too few, is refused', async () => {
    const remote = embedAsker(stranger, PATIENCE)
    const request = { model: 'auto', query: 'one', documents: ['one', 'two'] }
    for (const scores of [[0.5, 1.5], [0.5], [0.5, Number.NaN], [-0.1, 0]]) {
      behave = saying(accepted, withPrefix(encodeScores(scores)), end)
      const asked = remote.rerank(addressOf(provider), request, new AbortController().signal)
      await expect(asked).rejects.toMatchObject({ code: 'protocol_error' })
    }
    behave = saying(accepted, withPrefix(encodeScores([0.5, 1])), end)
    const { scores } = await remote.rerank(addressOf(provider), request, new AbortController().signal)
    expect(scores).toEqual([0.5, 1])
  })

  it('frames of a later version are passed over', async () => {
    behave = saying(accepted, withPrefix(Uint8Array.of(0x7a, 1, 0)), progress, two, end)
    const { result, told } = await embedAt(embedAsker(stranger, PATIENCE), provider)
    expect(result?.vectors).toEqual([Float32Array.of(1, 0), Float32Array.of(0, 1)])
    expect(told).toEqual(['accepted', 'progress'])
  })

  it('one whose line is cut in the middle is lost', async () => {
    await using line = await faultProxy(provider)
    behave = async stream => {
      stream.send(accepted)
      await new Promise(resolve => setTimeout(resolve, 30))
      line.cut()
    }
    await using asking = await rawPeer([])
    const remote = embedAsker(asking, { acceptTimeoutMs: 5_000, silenceMs: 5_000 })
    expect((await embedAt(remote, line)).error?.code).toBe('provider_lost')
  })
})

describe('a network of providers of vectors', () => {
  expectNoEscapedErrors()
  const VECTORS = {
    features: { chat: false, schema: false, tools: false, resume: false, logprobs: 0, embeddings: true }
  }

  it.each<[string, Behaviour]>([
    ['lies', saying(accepted, vectors([Number.NaN, 0], [0, 1]), end)],
    ['gives too little', saying(accepted, vectors([1, 0]), end)],
    ['falls silent in the middle', sayingThenSilent(accepted, progress, vectors([1, 0]))],
    ['breaks off in the middle', saying(accepted, vectors([1, 0]))]
  ])('asks another one when the first %s, and does not ask that one again', async (_, behaviour) => {
    let asked = 0
    await using liar = await hostileProvider(async stream => {
      asked++
      await behaviour(stream)
    }, EMBED_PROTOCOL)
    await using honest = await embedHost(scriptedEngine({ features: { embeddings: true } }))
    await using asking = await rawPeer([])
    const { engine, suspects } = routed(asking, [liar, honest.peer], PATIENCE, VECTORS)
    const request = { model: 'auto', inputs: ['one', 'two'] }
    for (let round = 0; round < 2; round++) {
      const { vectors, provider } = await engine.embed(request)
      expect(vectors).toHaveLength(2)
      expect(provider).toEqual({ peerId: honest.peer.peerId.toString() })
    }
    expect(asked).toBe(1)
    expect(suspects.has(liar.peerId.toString())).toBe(true)
  })
})

describe('a provider of vectors', () => {
  expectNoEscapedErrors()
  const engineOf = (options: ScriptedEngineOptions = {}) =>
    scriptedEngine({ features: { embeddings: true, rerank: true }, ...options })
  let stranger: RawPeer

  beforeAll(async () => {
    stranger = await rawPeer([])
  })
  afterAll(async () => await stranger[Symbol.asyncDispose]())

  it('gives an honest asker its vectors, with signs of life while it works', async () => {
    const engine = engineOf({ tokenMs: 60, progressMs: 20 })
    await using host = await embedHost(engine)
    const { result, told } = await embedAt(embedAsker(stranger), host.peer, { inputs: ['one', 'two', 'one'] })
    expect(result?.vectors).toEqual((await engine.embed!({ model: 'auto', inputs: ['one', 'two', 'one'] })).vectors)
    expect(result?.promptTokens).toBe(3)
    expect(told.slice(0, 2)).toEqual(['accepted', 'progress'])
    expect(engine.embedCalls[0]?.options.tenant).toBe(stranger.peerId.toString())
    expect(host.outcomes.map(({ outcome }) => outcome)).toEqual(['ok'])
  })

  it('streams a result that is far larger than a frame', async () => {
    const length = 16_384
    const vector = new Float32Array(length).fill(1 / Math.sqrt(length))
    await using host = await embedHost(embeddingEngine(async ({ inputs }) => resultOf(inputs.map(() => vector))))
    const inputs = Array.from({ length: 64 }, (_, index) => `text ${index}`)
    const { result } = await embedAt(embedAsker(stranger), host.peer, { inputs })
    expect(result?.vectors).toHaveLength(64)
    expect(result?.vectors[63]).toEqual(vector)
  })

  it('says what the engine says, in words of ours', async () => {
    await using host = await embedHost(engineOf({ contextSizeTokens: 4, maxQueued: 0, slots: 1 }))
    const { error } = await embedAt(embedAsker(stranger), host.peer, { inputs: ['a', 'a b c d e'] })
    expect(error).toMatchObject({
      code: 'context_length_exceeded',
      details: { field: 'inputs[1]', promptTokens: 5, contextSizeTokens: 4 }
    })
    await using plain = await embedHost(scriptedEngine())
    const named = embedAsker(stranger).embed(
      addressOf(plain.peer),
      { model: 'scripted', inputs: ['one'] },
      new AbortController().signal
    )
    await expect(named).rejects.toMatchObject({ code: 'unsupported_feature', details: { field: 'model' } })
  })

  it.each<[string, (options: EmbedOptions | undefined) => Promise<EmbedResult>]>([
    ['throws', () => Promise.reject(new Error('/home/somebody/secret.gguf'))],
    ['gives nothing', () => Promise.resolve(undefined as unknown as EmbedResult)],
    ['gives too few vectors', async () => resultOf([Float32Array.of(1)])],
    ['gives something that is no number', async () => resultOf([Float32Array.of(1), Float32Array.of(Number.NaN)])],
    ['gives vectors of two lengths', async () => resultOf([Float32Array.of(1), Float32Array.of(0, 1)])],
    [
      'accepts with a digest that is none',
      async options => {
        options?.onEvent?.({ ...EMBED_ACCEPTED, model: { name: 'm', digest: 'xyz' } })
        return resultOf([Float32Array.of(1), Float32Array.of(1)])
      }
    ]
  ])('an engine that %s fails its request alone, and tells a stranger nothing', async (_, embed) => {
    await using host = await embedHost(embeddingEngine((_, options) => embed(options)))
    const { error } = await embedAt(embedAsker(stranger), host.peer)
    expect(error?.code).toBe('internal')
    expect(error?.message).not.toContain('secret')
    await until(() => host.outcomes.at(-1)?.outcome === 'internal')
  })

  it('leaves an engine that hangs at the deadline, and when its asker is gone', async () => {
    let isAsked = false
    await using host = await embedHost(
      embeddingEngine((_, options) => {
        options?.onEvent?.(EMBED_ACCEPTED)
        isAsked = true
        return new Promise(() => undefined)
      })
    )
    expect((await embedAt(embedAsker(stranger), host.peer, { deadlineMs: 300 })).error?.code).toBe('deadline_exceeded')
    await until(() => host.outcomes.length === 1)
    isAsked = false
    const controller = new AbortController()
    const asked = embedAt(embedAsker(stranger), host.peer, {}, controller.signal)
    await until(() => isAsked)
    controller.abort()
    expect((await asked).error?.code).toBe('aborted')
    await until(() => host.outcomes.length === 2, 1_000, 'the end of the request')
    expect(host.outcomes[1]?.outcome).toBe('aborted')
  })

  it('refuses what a stranger may not send, and takes no slot for it', async () => {
    const engine = engineOf()
    await using host = await embedHost(engine, { requestTimeoutMs: 300 })
    const connection = await connect(stranger, host.peer)
    const send = async (bytes: Uint8Array) => {
      const stream = await openRaw(connection, EMBED_PROTOCOL)
      const heard = hearFrames(stream)
      if (bytes.byteLength > 0) stream.send(bytes)
      return await heard
    }
    const outcome = async (bytes: Uint8Array, code: string) => {
      const before = host.outcomes.length
      await send(bytes)
      await until(() => host.outcomes.length > before)
      expect(host.outcomes.at(-1)?.outcome).toBe(code)
    }
    await outcome(withPrefix(encodeRequest({ kind: 'embed', model: 'auto', inputs: [] })), 'invalid_request')
    await outcome(withPrefix(encodeRequest({ kind: 'embed', model: 'auto', inputs: ['a', ''] })), 'invalid_request')
    await outcome(withPrefix(Uint8Array.of(0x0a, 1, 0x61)), 'invalid_request')
    const many = Array.from({ length: 257 }, () => 'a')
    await outcome(withPrefix(encodeRequest({ kind: 'embed', model: 'auto', inputs: many })), 'invalid_request')
    await outcome(Uint8Array.of(0xff, 0xff, 0xff, 0x7f), 'protocol_error')
    // Nothing, and a beginning without an end: the request does not arrive in time.
    await outcome(new Uint8Array(0), 'protocol_error')
    await outcome(Uint8Array.of(50, 1, 2), 'protocol_error')
    expect(engine.embedCalls).toHaveLength(0)
  })

  it('resets a client that goes on after its request', async () => {
    const engine = engineOf({ tokenMs: 10_000 })
    await using host = await embedHost(engine)
    const stream = await openRaw(await connect(stranger, host.peer), EMBED_PROTOCOL)
    const heard = hearFrames(stream)
    const request = withPrefix(encodeRequest({ kind: 'embed', model: 'auto', inputs: ['one'] }))
    stream.send(request)
    await until(() => engine.embedCalls.length === 1)
    stream.send(request)
    expect((await heard).ending).toBe('reset')
    await until(() => engine.status()[0]!.slots.busy === 0, 1_000, 'the slot is free')
  })

  it('says busy when its slots and queue are full, and frees a slot whose asker is gone', async () => {
    const engine = engineOf({ slots: 1, maxQueued: 0, tokenMs: 10_000, progressMs: 100 })
    await using host = await embedHost(engine)
    const controller = new AbortController()
    const first = embedAt(embedAsker(stranger), host.peer, {}, controller.signal)
    await until(() => engine.status()[0]!.slots.busy === 1)
    expect((await embedAt(embedAsker(stranger), host.peer)).error).toMatchObject({
      code: 'busy',
      details: { retryAfterMs: 1_000 }
    })
    controller.abort()
    await first
    await until(() => engine.status()[0]!.slots.busy === 0, 1_000, 'the slot is free')
  })

  it('serves nobody whom it does not admit', async () => {
    const engine = engineOf()
    const admit = () => {
      throw new RefusedError('this peer is not served here')
    }
    await using host = await embedHost(engine, { admit })
    expect((await embedAt(embedAsker(stranger), host.peer)).error?.code).toBe('refused')
    expect(engine.embedCalls).toHaveLength(0)
  })

  it('has vectors of as many dimensions as its engine makes', async () => {
    await using host = await embedHost(engineOf())
    const { result } = await embedAt(embedAsker(stranger), host.peer)
    expect(result?.vectors[0]).toHaveLength(SCRIPTED_DIMENSIONS)
  })
})

function resultOf(vectors: Float32Array[]): EmbedResult {
  return { model: EMBED_ACCEPTED.model, promptTokens: 1, vectors }
}

/** An engine whose vectors are whatever the test makes of them. */
function embeddingEngine(embed: NonNullable<InferenceEngine['embed']>): InferenceEngine {
  return Object.assign(scriptedEngine(), { embed })
}
