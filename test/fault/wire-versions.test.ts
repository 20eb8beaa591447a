import { describe, expect, it } from 'vitest'
import { encodeEvent } from '../../src/protocols/infer/event-codec.ts'
import { INFER_PROTOCOL } from '../../src/protocols/infer/index.ts'
import { encodeRequest } from '../../src/protocols/infer/request-codec.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { SCRIPTED_TEXT, scriptedEngine } from '../../src/testing/index.ts'
import { ask, asker } from './support/asker.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { ACCEPTED, delta, end, eventFrame, joined, request } from './support/frames.ts'
import { inferHost } from './support/infer-host.ts'
import { connect, openRaw, rawPeer } from './support/raw-peer.ts'
import { hear } from './support/raw-stream.ts'

/** Fields 200 (number), 201 (text), 202 (eight bytes) and 203 (four bytes) that a later version may have added. */
const LATER_FIELDS = Uint8Array.of(
  ...[0xc0, 0x0c, 0x96, 0x01],
  ...[0xca, 0x0c, 2, 0x68, 0x69],
  ...[0xd1, 0x0c, 1, 2, 3, 4, 5, 6, 7, 8],
  ...[0xdd, 0x0c, 1, 2, 3, 4]
)

describe('peers of other versions', () => {
  expectNoEscapedErrors()

  it('case 61: fields that are not known are skipped in a request', async () => {
    await using host = await inferHost(scriptedEngine())
    await using stranger = await rawPeer([])
    const stream = await openRaw(await connect(stranger, host.peer), INFER_PROTOCOL)
    const heard = hear(stream)
    stream.send(withPrefix(joined(encodeRequest(request()), LATER_FIELDS)))
    await stream.close()
    expect((await heard).events.at(-1)).toMatchObject({ type: 'end' })
  })

  it('case 61: a request with the required fields alone is answered', async () => {
    await using host = await inferHost(scriptedEngine())
    await using stranger = await rawPeer([])
    const stream = await openRaw(await connect(stranger, host.peer), INFER_PROTOCOL)
    const heard = hear(stream)
    // model "auto"; one message of role USER with the text "Hi".
    const bare = Uint8Array.of(0x0a, 4, 0x61, 0x75, 0x74, 0x6f, 0x12, 8, 0x08, 2, 0x12, 4, 0x0a, 2, 0x48, 0x69)
    stream.send(withPrefix(bare))
    await stream.close()
    expect((await heard).events.at(-1)).toMatchObject({ type: 'end' })
  })

  it('case 61: a request without what it needs is refused, and the field is named', async () => {
    await using host = await inferHost(scriptedEngine())
    await using stranger = await rawPeer([])
    for (const [bytes, field] of [
      [Uint8Array.of(0x0a, 4, 0x61, 0x75, 0x74, 0x6f), 'messages'],
      [Uint8Array.of(0x12, 6, 0x08, 2, 0x12, 2, 0x0a, 0), 'model'],
      [Uint8Array.of(0x0a, 1, 0x61, 0x12, 4, 0x12, 2, 0x0a, 0), 'messages[0].role']
    ] as const) {
      const stream = await openRaw(await connect(stranger, host.peer), INFER_PROTOCOL)
      const heard = hear(stream)
      stream.send(withPrefix(bytes))
      await stream.close()
      expect((await heard).error).toMatchObject({ code: 'invalid_request', details: { field } })
    }
  })

  it('case 61: fields that are not known are skipped in an answer', async () => {
    await using provider = await rawPeer()
    await using stranger = await rawPeer([])
    await provider.handle(INFER_PROTOCOL, async stream => {
      for (const event of [ACCEPTED, delta('Hi'), end(1)]) {
        stream.send(withPrefix(joined(LATER_FIELDS, encodeEvent(event), LATER_FIELDS)))
      }
      await stream.close()
    })
    expect(await ask(asker(stranger), provider)).toMatchObject({ error: undefined, text: 'Hi' })
  })

  it('case 61: a peer that speaks another major only is unreachable for a request, and lives on', async () => {
    await using provider = await rawPeer()
    await using stranger = await rawPeer([])
    await provider.handle('/p2p-ai/infer/9.0', async stream => {
      stream.send(eventFrame(ACCEPTED))
      await stream.close()
    })
    expect((await ask(asker(stranger), provider)).error?.code).toBe('provider_unreachable')
    expect(stranger.getConnections()).toHaveLength(1)
    await using host = await inferHost(scriptedEngine())
    const stream = await (await connect(stranger, host.peer)).newStream(['/p2p-ai/infer/1.9', INFER_PROTOCOL])
    expect(stream.protocol).toBe(INFER_PROTOCOL)
    stream.abort(new Error('enough'))
    expect(await ask(asker(stranger), host.peer)).toMatchObject({ error: undefined, text: SCRIPTED_TEXT })
  })
})
