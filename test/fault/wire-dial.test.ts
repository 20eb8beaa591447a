import { describe, expect, it } from 'vitest'
import { Dialer } from '../../src/node/dial.ts'
import { INFER_PROTOCOL } from '../../src/protocols/infer/index.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { addressOf, rawPeer } from './support/raw-peer.ts'

const signal = new AbortController().signal

describe('dialling', () => {
  expectNoEscapedErrors()

  it('says busy when this side has too many streams to the peer, and cuts none of them', async () => {
    await using provider = await rawPeer()
    await using asking = await rawPeer([])
    await provider.handle(INFER_PROTOCOL, () => undefined, { maxInboundStreams: 512 })
    await asking.handle(INFER_PROTOCOL, () => undefined, { maxOutboundStreams: 4 })
    const dialer = new Dialer(asking, () => [])
    const open = async () => await dialer.openStream(addressOf(provider), INFER_PROTOCOL, signal)
    const streams = [await open(), await open(), await open(), await open()]
    await expect(open()).rejects.toMatchObject({ code: 'busy', details: { retryAfterMs: 1_000 } })
    expect(streams.map(stream => stream.status)).toEqual(Array(4).fill('open'))
    expect(asking.getConnections()).toHaveLength(1)
    streams[0]?.abort(new Error('enough'))
    expect((await open()).status).toBe('open')
  })

  it('uses of the addresses that a stranger advertised those that can be its own', async () => {
    await using provider = await rawPeer()
    await using other = await rawPeer()
    await using asking = await rawPeer([])
    const [, , , , port] = addressOf(provider).split('/')
    const advertised = [`/ip4/127.0.0.1/tcp/${port}`, '/unix/tmp%2Fsocket', 'nonsense', addressOf(other)]
    const dialer = new Dialer(asking, () => advertised)
    const connection = await dialer.connect(provider.peerId.toString(), signal)
    expect(connection.remotePeer.equals(provider.peerId)).toBe(true)
    const nowhere = new Dialer(asking, () => ['nonsense'])
    await expect(nowhere.connect(other.peerId.toString(), signal)).rejects.toMatchObject({
      code: 'provider_unreachable'
    })
  })

  it('calls a peer that is not there unreachable, and a text that is none invalid', async () => {
    await using asking = await rawPeer([])
    const dialer = new Dialer(asking, () => [])
    const gone = await rawPeer()
    const address = addressOf(gone)
    await gone[Symbol.asyncDispose]()
    await expect(dialer.connect(address, signal)).rejects.toMatchObject({ code: 'provider_unreachable' })
    for (const text of ['nobody', '/ip4/127.0.0.1/tcp/1', '/nonsense']) {
      await expect(dialer.connect(text, signal)).rejects.toMatchObject({ code: 'invalid_address' })
    }
    await expect(dialer.connect(address, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' })
  })
})
