import { YamuxStream } from '@chainsafe/libp2p-yamux/stream'
import { describe, expect, it, vi } from 'vitest'
import { Dialer } from '../../src/node/dial.ts'
import { isUnanswered } from '../../src/node/early-protocol.ts'
import { FramedStream } from '../../src/protocols/framed-stream.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { faultProxy } from './support/fault-proxy.ts'
import { addressOf, type RawPeer, rawPeer } from './support/raw-peer.ts'

expectNoEscapedErrors()

const ECHO = '/test/echo/1.0'
const signal = new AbortController().signal

/** A peer that sends every frame back. */
async function echoing({ isOurs = false } = {}): Promise<RawPeer> {
  const peer = await rawPeer(undefined, undefined, { isOurs })
  await peer.handle(ECHO, async stream => {
    const framed = new FramedStream(stream, { maxFrameBytes: 1 << 20 })
    for (let body = await framed.read(); body !== undefined; body = await framed.read()) await framed.write(body)
    await framed.close()
  })
  return peer
}

/** A dialler of a node of ours that has heard which protocols the peer speaks. */
async function dialerTo(address: string) {
  const asking = await rawPeer([], undefined, { isOurs: true })
  const dialer = new Dialer(asking, () => [])
  const identified = new Promise(resolve => asking.addEventListener('peer:identify', resolve, { once: true }))
  const connection = await dialer.connect(address, signal)
  await identified
  return { asking, dialer, connection }
}

describe('a stream that begins with its protocol', () => {
  it('carries a first message before the peer has agreed, and its answer after', async () => {
    await using peer = await echoing()
    await using line = await faultProxy(peer, { down: { latencyMs: 100 } })
    const { asking, dialer } = await dialerTo(line.address)
    await using _asking = asking
    const stream = await dialer.openStream(line.address, ECHO, signal)
    const framed = new FramedStream(stream, { maxFrameBytes: 1 << 20 })
    await framed.write(new Uint8Array([1, 2, 3]))
    expect(isUnanswered(stream)).toBe(true)
    expect(await framed.read()).toEqual(new Uint8Array([1, 2, 3]))
    expect(isUnanswered(stream)).toBe(false)
    const long = new Uint8Array(1 << 19).fill(7)
    await framed.write(long)
    expect(await framed.read()).toEqual(long)
  })

  it('waits for the word of the peer when the first message is long', async () => {
    await using peer = await echoing()
    const { asking, dialer } = await dialerTo(addressOf(peer))
    await using _asking = asking
    const stream = await dialer.openStream(addressOf(peer), ECHO, signal, { isEarly: false })
    expect(isUnanswered(stream)).toBe(false)
  })

  it('is reset when the peer does not speak the protocol any more; the connection stays', async () => {
    await using peer = await echoing()
    const { asking, dialer, connection } = await dialerTo(addressOf(peer))
    await using _asking = asking
    await peer.unhandle(ECHO)
    const framed = new FramedStream(await dialer.openStream(addressOf(peer), ECHO, signal), { maxFrameBytes: 1 << 20 })
    await framed.write(new Uint8Array([1]))
    await expect(framed.read()).rejects.toMatchObject({ code: 'provider_lost' })
    expect(connection.status).toBe('open')
  })

  it('gives up a connection on which nothing comes back, so that the next try dials', async () => {
    await using peer = await echoing()
    await using line = await faultProxy(peer)
    const { asking, dialer, connection } = await dialerTo(line.address)
    await using _asking = asking
    line.down = { latencyMs: 60_000 }
    const framed = new FramedStream(await dialer.openStream(line.address, ECHO, signal), { maxFrameBytes: 1 << 20 })
    await framed.write(new Uint8Array([1]))
    await expect(framed.read()).rejects.toMatchObject({ code: 'provider_lost' })
    expect(connection.status).not.toBe('open')
    line.down = {}
    const again = new FramedStream(await dialer.openStream(line.address, ECHO, signal), { maxFrameBytes: 1 << 20 })
    await again.write(new Uint8Array([2]))
    expect(await again.read()).toEqual(new Uint8Array([2]))
  })

  it('keeps the connection of a question that nobody waits for any more', async () => {
    await using peer = await echoing()
    await using line = await faultProxy(peer)
    const { asking, dialer, connection } = await dialerTo(line.address)
    await using _asking = asking
    line.down = { latencyMs: 300 }
    const stream = await dialer.openStream(line.address, ECHO, signal)
    stream.abort(new Error('enough'))
    const framed = new FramedStream(await dialer.openStream(line.address, ECHO, signal), { maxFrameBytes: 1 << 20 })
    await framed.write(new Uint8Array([3]))
    expect(await framed.read()).toEqual(new Uint8Array([3]))
    expect(connection.status).toBe('open')
  })
})

describe('windows', () => {
  it('of streams are opened again by halves, and not after every frame', async () => {
    await using peer = await echoing({ isOurs: true })
    const { asking, dialer } = await dialerTo(addressOf(peer))
    await using _asking = asking
    const framed = new FramedStream(await dialer.openStream(addressOf(peer), ECHO, signal), { maxFrameBytes: 1 << 20 })
    const updates = vi.spyOn(YamuxStream.prototype, 'sendWindowUpdate')
    for (let frame = 0; frame < 200; frame++) {
      await framed.write(new Uint8Array([frame]))
      expect(await framed.read()).toEqual(new Uint8Array([frame]))
    }
    const many = updates.mock.calls.length
    updates.mockRestore()
    expect(many).toBeLessThan(20)
    const long = new Uint8Array((1 << 20) - 1).fill(7)
    void framed.write(long)
    expect(await framed.read()).toEqual(long)
  })
})
