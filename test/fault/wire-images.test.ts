import type { Stream } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { InvalidRequestError, MAX_MEDIA_BYTES, type MediaPart } from '../../src/interface/index.ts'
import { AttachmentRoom } from '../../src/protocols/infer/attachment-room.ts'
import { attachmentFrames } from '../../src/protocols/infer/attachments.ts'
import { encodeError } from '../../src/protocols/infer/event-codec.ts'
import { INFER_PROTOCOL } from '../../src/protocols/infer/index.ts'
import { encodeRequest } from '../../src/protocols/infer/request-codec.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { SCRIPTED_TEXT, scriptedEngine } from '../../src/testing/index.ts'
import { ask, asker } from './support/asker.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { request } from './support/frames.ts'
import { hostileProvider, saying } from './support/hostile-provider.ts'
import { lookAt, png } from './support/images.ts'
import { inferHost } from './support/infer-host.ts'
import { connect, openRaw, rawPeer } from './support/raw-peer.ts'
import { type Heard, hear } from './support/raw-stream.ts'
import { until } from './support/until.ts'

const seeing = () => scriptedEngine({ features: { images: true } })

describe('images on the wire', () => {
  expectNoEscapedErrors()

  it.each([
    { name: 'one small one, in the request itself', sizes: [500] },
    { name: 'one large one', sizes: [5_000_000] },
    { name: 'several that fill the bound', sizes: [1, 2, 3, 4].map(() => MAX_MEDIA_BYTES / 4) }
  ])('arrive whole: $name', async ({ sizes }) => {
    const engine = seeing()
    await using host = await inferHost(engine)
    await using asking = await rawPeer([])
    const images = sizes.map((bytes, index) => png(bytes, index))
    const answer = await ask(asker(asking), host.peer, { messages: lookAt(...images) })
    expect(answer).toMatchObject({ error: undefined, text: SCRIPTED_TEXT })
    const parts = engine.calls[0]!.request.messages[0]!.parts.slice(1) as MediaPart[]
    expect(parts.map(part => Buffer.compare(part.data, images[parts.indexOf(part)]!.data))).toEqual(sizes.map(() => 0))
  })

  it('are refused before they are sent where no model reads them, and where too much is declared', async () => {
    for (const [engine, bytes, code] of [
      [scriptedEngine(), 1_000_000, 'unsupported_feature'],
      [seeing(), MAX_MEDIA_BYTES + 1, 'payload_too_large'],
      [seeing(), 0, 'invalid_request']
    ] as const) {
      const heard = await sendRaw(engine, new Uint8Array(bytes), [])
      expect(heard).toMatchObject({ events: [], error: { code, details: { field: 'messages' } } })
      expect(engine.calls).toEqual([])
    }
  })

  it.each([
    { name: 'longer than declared', frames: [new Uint8Array(100_001)] },
    { name: 'in millions of tiny pieces', frames: [new Uint8Array(1), new Uint8Array(1)] }
  ])('are a protocol error when they come $name', async ({ frames }) => {
    const engine = seeing()
    const heard = await sendRaw(engine, new Uint8Array(100_000), frames, false)
    expect(heard.events).toEqual([])
    expect(heard.error?.code).toBe('protocol_error')
    expect(engine.calls).toEqual([])
  })

  it('that never come whole are an error, and take no slot', async () => {
    const engine = seeing()
    const heard = await sendRaw(engine, new Uint8Array(100_000), [new Uint8Array(50_000)])
    expect(heard.error).toMatchObject({ code: 'invalid_request', details: { field: 'messages' } })
    expect(engine.calls).toEqual([])
  })

  it('that are none are refused by their first bytes', async () => {
    const engine = seeing()
    const html = new TextEncoder().encode('<html>'.repeat(10_000))
    const heard = await sendRaw(engine, html, [
      ...attachmentFrames([{ type: 'media', mediaType: 'image/png', data: html }])
    ])
    expect(heard.error).toMatchObject({ code: 'invalid_request', details: { field: 'messages[0].parts' } })
  })

  it('are not waited for longer than the deadline of the request', async () => {
    const engine = seeing()
    const heard = await sendRaw(engine, new Uint8Array(100_000), [], false, { deadlineMs: 50 })
    expect(heard).toMatchObject({ events: [], ending: 'reset' })
    expect(engine.calls).toEqual([])
  })

  it('are turned down in order by a provider of an older version, however much is still to be sent', async () => {
    const old = new InvalidRequestError('messages[0].parts has a part that is not exactly one of text and data', {
      details: { field: 'messages[0].parts' }
    })
    await using provider = await hostileProvider(saying(withPrefix(encodeError(old))))
    await using asking = await rawPeer([])
    const { error } = await ask(asker(asking), provider, { messages: lookAt(png(8_000_000)) })
    expect(error).toMatchObject({ code: 'unsupported_feature', details: { field: 'messages' } })
  })

  it('of one peer have a bound in memory, which is given back with the answer', async () => {
    const engine = scriptedEngine({ features: { images: true }, tokenMs: 60_000, slots: 4 })
    await using host = await inferHost(engine)
    await using asking = await rawPeer([])
    const abort = new AbortController()
    const large = { messages: lookAt(png(MAX_MEDIA_BYTES)) }
    const under = [1, 2].map(() => ask(asker(asking), host.peer, large, abort.signal))
    await until(() => engine.calls.length === 2)
    expect((await ask(asker(asking), host.peer, large)).error).toMatchObject({ code: 'busy' })
    abort.abort()
    await Promise.all(under)
    await until(() => host.outcomes.length === 3)
    const again = new AbortController()
    const asked = ask(asker(asking), host.peer, large, again.signal)
    await until(() => engine.calls.length === 3)
    again.abort()
    await asked
  })
})

it('the room for images is shared between peers', () => {
  const room = new AttachmentRoom(10, 15)
  const first = room.take('a', 10)
  expect(() => room.take('a', 1)).toThrow(expect.objectContaining({ code: 'busy' }))
  expect(() => room.take('b', 6)).toThrow(expect.objectContaining({ code: 'busy' }))
  const second = room.take('b', 5)
  first()
  room.take('a', 10)
  second()
  room.take('c', 5)
})

/** Declares an image and sends these frames after the request; closes its side where it is told to. */
async function sendRaw(
  engine: ReturnType<typeof scriptedEngine>,
  data: Uint8Array,
  frames: Uint8Array[],
  close = true,
  changes: { deadlineMs?: number } = {}
): Promise<Heard> {
  await using host = await inferHost(engine)
  await using stranger = await rawPeer([])
  const stream: Stream = await openRaw(await connect(stranger, host.peer), INFER_PROTOCOL)
  const heard = hear(stream)
  const image: MediaPart = { type: 'media', mediaType: 'image/png', data }
  stream.send(withPrefix(encodeRequest(request({ messages: lookAt(image), ...changes }), [image])))
  for (const frame of frames) stream.send(withPrefix(frame))
  if (close) await stream.close()
  return await heard
}
