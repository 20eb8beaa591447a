import { YamuxStream } from '@chainsafe/libp2p-yamux/stream'
import type { Connection } from '@libp2p/interface'
import { describe, expect, it, vi } from 'vitest'
import { Dialer } from '../../src/node/dial.ts'
import { isUnheard } from '../../src/node/early-protocol.ts'
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
    await using line = await faultProxy(peer, { down: { latencyMs: 1_000 } })
    const { asking, dialer } = await dialerTo(line.address)
    await using _asking = asking
    const stream = await dialer.openStream(line.address, ECHO, signal)
    const framed = new FramedStream(stream, { maxFrameBytes: 1 << 20 })
    await framed.write(new Uint8Array([1, 2, 3]))
    expect(isUnheard(stream)).toBe(true)
    expect(await framed.read()).toEqual(new Uint8Array([1, 2, 3]))
    expect(isUnheard(stream)).toBe(false)
  })

  it('reads the lines and what follows them in whatever slices they come', async () => {
    await using peer = await echoing()
    await using line = await faultProxy(peer, { down: { sliceBytes: 1 }, up: { sliceBytes: 3 } })
    const { asking, dialer } = await dialerTo(line.address)
    await using _asking = asking
    for (const size of [1, 100, 5_000]) {
      const framed = new FramedStream(await dialer.openStream(line.address, ECHO, signal), { maxFrameBytes: 1 << 20 })
      const body = new Uint8Array(size).fill(size)
      await framed.write(body)
      expect(await framed.read()).toEqual(body)
      await framed.close()
    }
  })

  it('waits for the word of the peer when the first message is long', async () => {
    await using peer = await echoing()
    await using line = await faultProxy(peer, { down: { latencyMs: 1_000 } })
    const { asking, dialer } = await dialerTo(line.address)
    await using _asking = asking
    expect(isUnheard(await dialer.openStream(line.address, ECHO, signal))).toBe(true)
    expect(isUnheard(await dialer.openStream(line.address, ECHO, signal, { isEarly: false }))).toBe(false)
  })

  it('is reset when the peer does not speak the protocol any more; the connection stays', async () => {
    await using peer = await echoing()
    const { asking, dialer, connection } = await dialerTo(addressOf(peer))
    await using _asking = asking
    await peer.unhandle(ECHO)
    // Nothing is sent after the lines, so that only their answer can end it.
    const framed = new FramedStream(await dialer.openStream(addressOf(peer), ECHO, signal), { maxFrameBytes: 1 << 20 })
    const failure = await framed.read().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'provider_lost', cause: { name: 'UnsupportedProtocolError' } })
    expect(connection.status).toBe('open')
  })

  it.each([
    ['a line without an end', new Uint8Array(5_000).fill(0xff)],
    ['a line that is too long', new Uint8Array([0x81, 0x08, ...new Uint8Array(2_000)])],
    ['another header', new TextEncoder().encode('\x13/multistream/2.0.0\n')],
    ['an empty line', new Uint8Array([0])]
  ])('ends at %s, and no error escapes', async (_what, bytes) => {
    await using peer = await rawPeer()
    await peer.handle(ECHO, () => undefined)
    const { asking, dialer, connection } = await dialerTo(addressOf(peer))
    await using _asking = asking
    // What the peer's own libp2p would say is swallowed, and this said in its place.
    const [theirs] = peer.getConnections()
    const answered = answerWith(theirs!, bytes)
    const framed = new FramedStream(await dialer.openStream(addressOf(peer), ECHO, signal), { maxFrameBytes: 1 << 20 })
    const failure = await framed.read().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'provider_lost' })
    expect(answered()).toBe(true)
    expect(connection.status).toBe('open')
  })

  it('gives up a connection on which nothing comes back, also while others wait on it, so that the next try dials', async () => {
    await using peer = await echoing()
    await using line = await faultProxy(peer)
    const { asking, dialer, connection } = await dialerTo(line.address)
    await using _asking = asking
    line.down = { latencyMs: 60_000 }
    const closed = new Promise(resolve => connection.addEventListener('close', resolve, { once: true }))
    const first = await dialer.openStream(line.address, ECHO, signal)
    const second = await dialer.openStream(line.address, ECHO, signal)
    first.abort(new Error('nobody waits for it any more'))
    await closed
    expect(second.status).not.toBe('open')
    line.down = {}
    const again = new FramedStream(await dialer.openStream(line.address, ECHO, signal), { maxFrameBytes: 1 << 20 })
    await again.write(new Uint8Array([2]))
    expect(await again.read()).toEqual(new Uint8Array([2]))
  })

  it('keeps the connection of a peer that is slow, and lives', async () => {
    await using peer = await rawPeer()
    await peer.handle(ECHO, () => undefined)
    const { asking, dialer, connection } = await dialerTo(addressOf(peer))
    await using _asking = asking
    const pinged = vi.spyOn((connection as unknown as { muxer: { ping(): Promise<number> } }).muxer, 'ping')
    answerWith(peer.getConnections()[0]!, new Uint8Array())
    await dialer.openStream(addressOf(peer), ECHO, signal)
    await expect
      .poll(() => pinged.mock.settledResults.map(({ type }) => type), { timeout: 20_000 })
      .toContain('fulfilled')
    expect(connection.status).toBe('open')
  })

  it('is broken, and not empty, when the peer ends it before the lines', async () => {
    await using peer = await rawPeer()
    await peer.handle(ECHO, () => undefined)
    const { asking, dialer, connection } = await dialerTo(addressOf(peer))
    await using _asking = asking
    answerWith(peer.getConnections()[0]!, 'end')
    const framed = new FramedStream(await dialer.openStream(addressOf(peer), ECHO, signal), { maxFrameBytes: 1 << 20 })
    const failure = await framed.read().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'provider_lost', cause: { code: 'protocol_error' } })
    expect(connection.status).toBe('open')
  })

  it('outlives the end of its connection while that is pinged, without an error that nobody catches', async () => {
    await using peer = await echoing()
    await using line = await faultProxy(peer)
    const { asking, dialer, connection } = await dialerTo(line.address)
    await using _asking = asking
    const pinged = vi.spyOn((connection as unknown as { muxer: { ping(): Promise<number> } }).muxer, 'ping')
    line.down = { latencyMs: 60_000 }
    const framed = new FramedStream(await dialer.openStream(line.address, ECHO, signal), { maxFrameBytes: 1 << 20 })
    await expect.poll(() => pinged.mock.calls.length, { timeout: 20_000 }).toBeGreaterThan(0)
    connection.abort(new Error('the line is cut'))
    await expect(framed.read()).rejects.toMatchObject({ code: 'provider_lost' })
    await expect.poll(() => pinged.mock.settledResults.map(({ type }) => type)).toContain('rejected')
  })

  it('is not opened where the peer has as many of them as it answers, nor for a question that is over', async () => {
    await using peer = await echoing()
    const { asking, dialer } = await dialerTo(addressOf(peer))
    await using _asking = asking
    const open = async () => await dialer.openStream(addressOf(peer), ECHO, signal, { mostAtOnce: 2 })
    const [first] = [await open(), await open()]
    await expect(open()).rejects.toMatchObject({ code: 'busy', details: { retryAfterMs: 1_000 } })
    await first.close()
    expect((await open()).status).toBe('open')
    const over = dialer.openStream(addressOf(peer), ECHO, AbortSignal.abort())
    await expect(over).rejects.toMatchObject({ code: 'aborted' })
  })
})

/**
 * Has the next stream that a peer is opened answered with these bytes, or ended, in place of what its own libp2p says.
 * Tells if it was.
 */
function answerWith(connection: Connection, bytes: Uint8Array | 'end'): () => boolean {
  let isDone = false
  const { muxer } = connection as unknown as { muxer: { onRemoteStream(stream: YamuxStream): void } }
  const onRemoteStream = muxer.onRemoteStream.bind(muxer)
  muxer.onRemoteStream = stream => {
    muxer.onRemoteStream = onRemoteStream
    const send = stream.send.bind(stream)
    stream.send = () => true
    onRemoteStream(stream)
    if (bytes === 'end') void stream.sendCloseWrite()
    else if (bytes.byteLength > 0) send(bytes)
    isDone = true
  }
  return () => isDone
}

describe('windows', () => {
  it('of streams are opened again by halves, and not after every frame', async () => {
    await using peer = await echoing({ isOurs: true })
    const { asking, dialer } = await dialerTo(addressOf(peer))
    await using _asking = asking
    const updates = vi.spyOn(YamuxStream.prototype, 'sendWindowUpdate')
    const framed = new FramedStream(await dialer.openStream(addressOf(peer), ECHO, signal), { maxFrameBytes: 1 << 20 })
    for (let frame = 0; frame < 200; frame++) {
      await framed.write(new Uint8Array([frame]))
      expect(await framed.read()).toEqual(new Uint8Array([frame]))
    }
    const many = updates.mock.calls.length
    updates.mockRestore()
    // One opens the stream on each side; others may be those of identify.
    expect(many).toBeGreaterThan(0)
    expect(many).toBeLessThan(20)
    const long = new Uint8Array((1 << 20) - 1).fill(7)
    void framed.write(long)
    expect(await framed.read()).toEqual(long)
  })
})
