import { describe, expect, it } from 'vitest'
import { BusyError } from '../../src/interface/index.ts'
import {
  encodeEnd,
  encodeError,
  encodeEvent,
  encodeScores,
  encodeVectors
} from '../../src/protocols/embed/frame-codec.ts'
import { EMBED_PROTOCOL } from '../../src/protocols/embed/index.ts'
import { encodeRequest } from '../../src/protocols/embed/request-codec.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { EMBED_ACCEPTED, embedAsker, embedAt, embedHost } from './support/embed-peers.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { joined } from './support/frames.ts'
import { expectNoGrowth, FUZZ_FRAMES, FUZZ_TIMEOUT_MS, mutatedFrame, runFuzz } from './support/fuzz.ts'
import { hostileProvider } from './support/hostile-provider.ts'
import { seededRandom } from './support/random.ts'
import { connect, openRaw, rawPeer } from './support/raw-peer.ts'
import { hearFrames, sendSliced } from './support/raw-stream.ts'
import { until } from './support/until.ts'

const FEATURES = { embeddings: true, rerank: true }
const REQUESTS = [
  encodeRequest({ kind: 'embed', model: 'auto', inputs: ['one', 'two'], deadlineMs: 60_000 }),
  encodeRequest({ kind: 'rerank', model: 'scripted', query: 'one', documents: ['one', 'two'] })
]
const FRAMES = [
  encodeEvent({ type: 'progress', phase: 'prefill', done: 1, total: 2 }),
  encodeVectors([Float32Array.of(1, 0), Float32Array.of(0, 1)]),
  encodeScores([0, 1]),
  encodeEnd(2),
  encodeError(new BusyError('full', { details: { retryAfterMs: 5 } }))
]

describe('fuzzed frames of /p2p-ai/embed/1.0', () => {
  expectNoEscapedErrors()

  it(
    'the provider takes them without harm, and answers an honest peer beside them',
    async () => {
      const random = seededRandom('fuzz embed provider')
      const engine = scriptedEngine({ features: FEATURES, slots: 64 })
      await using host = await embedHost(engine, { requestTimeoutMs: 2_000, stallMs: 2_000 })
      await using stranger = await rawPeer([])
      await using honest = await rawPeer([])
      const connection = await connect(stranger, host.peer)
      let frames = 0
      const one = async () => {
        const stream = await openRaw(connection, EMBED_PROTOCOL)
        const heard = hearFrames(stream)
        const seed = REQUESTS[random.below(2)]!
        // One in three requests is in order, so that what follows it is read too.
        const first = random.below(3) === 0 ? withPrefix(seed) : mutatedFrame(seed, random)
        const rest = Array.from({ length: random.below(3) }, () => mutatedFrame(seed, random))
        sendSliced(stream, joined(first, ...rest), random)
        if (random.below(4) === 0) stream.abort(new Error('gone'))
        else await stream.close().catch(() => undefined)
        await heard
        frames += 1 + rest.length
      }
      await runFuzz(200, () => frames, one)
      await expectNoGrowth('fuzz embed provider', async () => {
        await runFuzz(FUZZ_FRAMES, () => frames, one)
        host.outcomes.length = 0
        ;(engine.embedCalls as unknown[]).length = 0
      })
      await until(() => engine.status()[0]?.slots.busy === 0, 2_000, 'all slots free')
      expect(connection.status).toBe('open')
      const { error, result } = await embedAt(embedAsker(honest), host.peer)
      expect(error).toBeUndefined()
      expect(result?.vectors).toHaveLength(2)
    },
    FUZZ_TIMEOUT_MS
  )

  it(
    'the asker takes them without harm, and gets its answer from an honest provider beside them',
    async () => {
      const random = seededRandom('fuzz embed asker')
      let frames = 0
      await using liar = await hostileProvider(async stream => {
        const first = random.below(4) > 0 ? [withPrefix(encodeEvent(EMBED_ACCEPTED))] : []
        const rest = Array.from({ length: 1 + random.below(5) }, () => {
          const body = FRAMES[random.below(FRAMES.length)]!
          return random.below(3) === 0 ? withPrefix(body) : mutatedFrame(body, random)
        })
        frames += first.length + rest.length
        sendSliced(stream, joined(...first, ...rest), random)
        if (random.below(4) === 0) stream.abort(new Error('gone'))
        else await stream.close().catch(() => undefined)
      }, EMBED_PROTOCOL)
      await using host = await embedHost(scriptedEngine({ features: FEATURES }))
      await using asking = await rawPeer([])
      const remote = embedAsker(asking, { acceptTimeoutMs: 5_000, silenceMs: 5_000 })
      await connect(asking, liar)
      let results = 0
      const one = async () => {
        const { error, result } = await embedAt(remote, liar)
        expect(error?.code).not.toBe('provider_silent')
        if (result === undefined) return
        results++
        expect(result.vectors).toHaveLength(2)
        for (const vector of result.vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 1)
      }
      await runFuzz(200, () => frames, one)
      await expectNoGrowth('fuzz embed asker', async () => await runFuzz(FUZZ_FRAMES, () => frames, one))
      expect(results).toBeGreaterThan(0)
      expect((await embedAt(remote, host.peer)).result?.vectors).toHaveLength(2)
    },
    FUZZ_TIMEOUT_MS
  )
})
