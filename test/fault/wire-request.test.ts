import type { Stream } from '@libp2p/interface'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeAcknowledgement } from '../../src/protocols/infer/client-frames.ts'
import { INFER_PROTOCOL } from '../../src/protocols/infer/index.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { SCRIPTED_TEXT, scriptedEngine } from '../../src/testing/index.ts'
import { ask, asker } from './support/asker.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { joined, requestFrame } from './support/frames.ts'
import { type InferHost, inferHost } from './support/infer-host.ts'
import { seededRandom } from './support/random.ts'
import { connect, openRaw, type RawPeer, rawPeer } from './support/raw-peer.ts'
import { type Heard, hear, sendSliced } from './support/raw-stream.ts'
import { until } from './support/until.ts'

const REQUEST_TIMEOUT_MS = 400

describe('a request that is broken', () => {
  expectNoEscapedErrors()
  const engine = scriptedEngine({ tokenMs: 1 })
  let host: InferHost
  let stranger: RawPeer

  beforeAll(async () => {
    host = await inferHost(engine, { requestTimeoutMs: REQUEST_TIMEOUT_MS })
    stranger = await rawPeer([])
  })
  afterAll(async () => {
    await stranger[Symbol.asyncDispose]()
    await host[Symbol.asyncDispose]()
  })

  async function open(): Promise<Stream> {
    return await openRaw(await connect(stranger, host.peer), INFER_PROTOCOL)
  }

  /** Sends and hears the answer; the stranger closes its side where it is told to. */
  async function send(bytes: Uint8Array, close = true): Promise<Heard> {
    const stream = await open()
    const heard = hear(stream)
    stream.send(bytes)
    if (close) await stream.close()
    return await heard
  }

  it('case 1: random bytes in random slices end the stream, and an honest request beside them is answered', async () => {
    const random = seededRandom('case 1')
    await using honest = await rawPeer([])
    const before = engine.calls.length
    const noise = Array.from({ length: 300 }, async () => {
      const stream = await open()
      const heard = hear(stream)
      // A first byte of 1 to 127 is a length that passes, so that half of them reach the decoder too.
      const bytes = random.bytes(1 + random.below(2_000))
      sendSliced(stream, bytes, random)
      await stream.close().catch(() => undefined)
      return await heard
    })
    const answer = await ask(asker(honest), host.peer)
    expect(answer.error).toBeUndefined()
    expect(answer.text).toBe(SCRIPTED_TEXT)
    for (const heard of await Promise.all(noise)) {
      expect(heard.events).toEqual([])
      expect(heard.ending === 'reset' || heard.error !== undefined).toBe(true)
    }
    expect(engine.calls.length - before).toBe(1)
  })

  it.each([
    ['empty', [0]],
    ['not in its shortest form', [0x81, 0x00]],
    ['of 2^31', [0x80, 0x80, 0x80, 0x80, 0x08]],
    ['of 2^63', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['of 10 bytes', Array(10).fill(0xff)],
    ['one above the bound', [0x81, 0x80, 0x44]]
  ])('case 2: a length that is %s resets the stream at once', async (_, bytes) => {
    const startedAtMs = performance.now()
    const heard = await send(Uint8Array.from(bytes), false)
    expect(heard).toMatchObject({ events: [], ending: 'reset' })
    expect(performance.now() - startedAtMs).toBeLessThan(REQUEST_TIMEOUT_MS)
    expect(host.outcomes.at(-1)?.outcome).toBe('protocol_error')
  })

  it('case 3: a length of 1 MiB and then silence is closed at the request timeout, and takes no slot', async () => {
    const before = engine.calls.length
    const startedAtMs = performance.now()
    const heard = await send(joined(Uint8Array.of(0x80, 0x80, 0x40), new Uint8Array(10)), false)
    const tookMs = performance.now() - startedAtMs
    expect(heard.ending).toBe('reset')
    expect(tookMs).toBeGreaterThan(REQUEST_TIMEOUT_MS - 50)
    expect(tookMs).toBeLessThan(REQUEST_TIMEOUT_MS + 600)
    expect(engine.calls.length).toBe(before)
  })

  it('case 4: a length and then the end is an error', async () => {
    const heard = await send(Uint8Array.of(0x80, 0x10, 1, 2, 3))
    expect(heard.events).toEqual([])
    expect(host.outcomes.at(-1)?.outcome).toBe('provider_lost')
  })

  it('case 4: a stream without a request is told so', async () => {
    const heard = await send(new Uint8Array(0))
    expect(heard).toMatchObject({ ending: 'closed', error: { code: 'invalid_request' } })
  })

  it('case 4: bytes after the request that are no frame are a protocol error and stop the engine', async () => {
    const heard = await send(joined(requestFrame(), Uint8Array.of(0, 0, 0)), false)
    expect(heard.ending).toBe('reset')
    expect(heard.events.some(event => event.type === 'end')).toBe(false)
    await until(() => host.outcomes.at(-1)?.outcome === 'protocol_error')
    await until(() => engine.status()[0]?.slots.busy === 0, 1_000, 'a free slot')
  })

  it('case 4: an acknowledgement of tokens that were never sent is a protocol error', async () => {
    const heard = await send(joined(requestFrame(), withPrefix(encodeAcknowledgement(1_000_000))), false)
    expect(heard.ending).toBe('reset')
    await until(() => host.outcomes.at(-1)?.outcome === 'protocol_error')
  })

  it('case 4: well-formed client frames of a kind that is not known are ignored', async () => {
    // Field 9, a message of two bytes; field 100, a number.
    const unknown = joined(withPrefix(Uint8Array.of(0x4a, 2, 8, 1)), withPrefix(Uint8Array.of(0xa0, 0x06, 7)))
    const heard = await send(joined(requestFrame(), unknown))
    expect(heard.error).toBeUndefined()
    expect(heard.events.at(-1)?.type).toBe('end')
  })

  it('case 14: a request of one byte a moment is closed at the deadline, however alive it looks', async () => {
    const stream = await open()
    const heard = hear(stream)
    const startedAtMs = performance.now()
    const frame = requestFrame({ messages: [{ role: 'user', parts: [{ type: 'text', text: 'x'.repeat(5_000) }] }] })
    let sent = 0
    const drip = setInterval(() => {
      if (stream.writeStatus === 'writable') stream.send(frame.subarray(sent, ++sent))
    }, 20)
    const { ending } = await heard
    clearInterval(drip)
    expect(ending).toBe('reset')
    expect(sent).toBeLessThan(frame.byteLength)
    expect(performance.now() - startedAtMs).toBeLessThan(REQUEST_TIMEOUT_MS + 600)
  })
})
