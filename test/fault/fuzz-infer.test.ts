import { describe, expect, it } from 'vitest'
import type { EngineEvent, GenerateRequest } from '../../src/interface/index.ts'
import { BusyError } from '../../src/interface/index.ts'
import { encodeAcknowledgement } from '../../src/protocols/infer/client-frames.ts'
import { encodeError, encodeEvent } from '../../src/protocols/infer/event-codec.ts'
import { INFER_PROTOCOL } from '../../src/protocols/infer/index.ts'
import { encodeRequest } from '../../src/protocols/infer/request-codec.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { ask, asker } from './support/asker.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { ACCEPTED, DIGEST, delta, end, eventFrame, joined, request } from './support/frames.ts'
import { expectNoGrowth, FUZZ_FRAMES, FUZZ_TIMEOUT_MS, mutatedFrame, runFuzz } from './support/fuzz.ts'
import { hostileProvider } from './support/hostile-provider.ts'
import { lookAt, png } from './support/images.ts'
import { inferHost } from './support/infer-host.ts'
import { seededRandom } from './support/random.ts'
import { connect, openRaw, rawPeer } from './support/raw-peer.ts'
import { hear, sendSliced } from './support/raw-stream.ts'
import { until } from './support/until.ts'

const FULL: Partial<GenerateRequest> = {
  maxTokens: 5,
  sampling: { temperature: 0, topP: 0.5, topK: 3, minP: 0.1, seed: 7, repeatPenalty: 1 },
  stop: ['END'],
  tools: [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }],
  toolChoice: 'none',
  responseFormat: { type: 'json_schema', schema: { type: 'object', properties: { a: { type: 'number' } } } },
  logprobs: 2,
  sessionId: 'session',
  conversationTag: Uint8Array.of(9),
  deadlineMs: 60_000,
  resume: { text: 'So far', tokenIds: [0, 127, 128, 0xffffffff], digest: DIGEST }
}
const EVENTS: EngineEvent[] = [
  ACCEPTED,
  { type: 'progress', phase: 'prefill', done: 1, total: 9 },
  delta('Paris', [7042, 30]),
  {
    type: 'delta',
    channel: 'thought',
    text: 'x',
    tokenCount: 1,
    logprobs: [{ token: 'x', logprob: -1, top: [{ token: 'y', logprob: -2 }] }],
    toolCalls: [{ id: 'c', name: 'look', arguments: '{}' }]
  },
  { ...end(3), conversationTag: Uint8Array.of(1, 2) } as EngineEvent
]
const FRAMES = [
  ...EVENTS.map(event => encodeEvent(event)),
  encodeError(new BusyError('full', { details: { retryAfterMs: 5 } }))
]

describe('fuzzed frames of /p2p-ai/infer/1.0', () => {
  expectNoEscapedErrors()

  it(
    'the provider takes them without harm, and answers an honest peer beside them',
    async () => {
      const random = seededRandom('fuzz infer provider')
      const engine = scriptedEngine({ text: 'ok', slots: 64, maxQueued: 64, features: { images: true } })
      await using host = await inferHost(engine, { requestTimeoutMs: 2_000, stallMs: 2_000 })
      await using stranger = await rawPeer([])
      await using honest = await rawPeer([])
      const image = png(40_000)
      const seeds = [
        encodeRequest(request()),
        encodeRequest(request(FULL)),
        encodeRequest(request({ messages: lookAt(png(100)) })),
        encodeRequest(request({ messages: lookAt(image) }), [image])
      ]
      const later = [encodeAcknowledgement(1), image.data]
      const connection = await connect(stranger, host.peer)
      let streams = 0
      let frames = 0
      const one = async () => {
        if (++streams % 500 === 0) expect(await ask(asker(honest), host.peer)).toMatchObject({ text: 'ok' })
        const stream = await openRaw(connection, INFER_PROTOCOL)
        const heard = hear(stream)
        const seed = seeds[random.below(seeds.length)]!
        // One in three requests is in order, so that what follows it is read too.
        const first = random.below(3) === 0 ? withPrefix(seed) : mutatedFrame(seed, random)
        const rest = Array.from({ length: random.below(6) }, () => {
          const body = later[random.below(10) === 0 ? 1 : 0]!
          return random.below(3) === 0 ? withPrefix(body) : mutatedFrame(body, random)
        })
        sendSliced(stream, joined(first, ...rest), random)
        if (random.below(4) === 0) stream.abort(new Error('gone'))
        else await stream.close().catch(() => undefined)
        await heard
        frames += 1 + rest.length
      }
      await runFuzz(200, () => frames, one)
      await expectNoGrowth('fuzz infer provider', async () => {
        await runFuzz(FUZZ_FRAMES, () => frames, one)
        host.outcomes.length = 0
        host.streams.length = 0
        ;(engine.calls as unknown[]).length = 0
      })
      await until(() => engine.status()[0]?.slots.busy === 0, 2_000, 'all slots free')
      expect(connection.status).toBe('open')
      expect(await ask(asker(honest), host.peer)).toMatchObject({ error: undefined, text: 'ok' })
    },
    FUZZ_TIMEOUT_MS
  )

  it(
    'the asker takes them without harm, and gets its answer from an honest provider beside them',
    async () => {
      const random = seededRandom('fuzz infer asker')
      let frames = 0
      await using liar = await hostileProvider(async stream => {
        const first = random.below(4) > 0 ? [eventFrame(ACCEPTED)] : []
        const rest = Array.from({ length: 1 + random.below(8) }, () => {
          const body = FRAMES[random.below(FRAMES.length)]!
          return random.below(3) === 0 ? withPrefix(body) : mutatedFrame(body, random)
        })
        frames += first.length + rest.length
        sendSliced(stream, joined(...first, ...rest), random)
        if (random.below(4) === 0) stream.abort(new Error('gone'))
        else await stream.close().catch(() => undefined)
      })
      await using host = await inferHost(scriptedEngine({ text: 'ok' }))
      await using asking = await rawPeer([])
      const remote = asker(asking, { acceptTimeoutMs: 5_000, silenceMs: 5_000 })
      await connect(asking, liar)
      let asks = 0
      const one = async () => {
        if (++asks % 500 === 0) expect(await ask(remote, host.peer)).toMatchObject({ text: 'ok' })
        const { error, events } = await ask(remote, liar)
        // Either the answer has an end or there is an error, and never both.
        expect(events.at(-1)?.type === 'end').toBe(error === undefined)
        expect(error?.code).not.toBe('provider_silent')
      }
      await runFuzz(200, () => frames, one)
      await expectNoGrowth('fuzz infer asker', async () => await runFuzz(FUZZ_FRAMES, () => frames, one))
      expect(frames).toBeGreaterThanOrEqual(FUZZ_FRAMES)
      expect(await ask(remote, host.peer)).toMatchObject({ error: undefined, text: 'ok' })
    },
    FUZZ_TIMEOUT_MS
  )
})
