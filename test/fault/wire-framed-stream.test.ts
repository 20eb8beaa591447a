import type { Stream } from '@libp2p/interface'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProtocolError } from '../../src/interface/index.ts'
import { FramedStream } from '../../src/protocols/framed-stream.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { randomFrom } from './support/random.ts'
import { connect, openRaw, type RawPeer, rawPeer } from './support/raw-peer.ts'
import { sendSliced } from './support/raw-stream.ts'
import { until } from './support/until.ts'
import { expectWithin } from './support/within.ts'

const PROTOCOL = '/test/frames/1.0'
const MAX_FRAME_BYTES = 1 << 20

describe('framed stream over a real connection', () => {
  expectNoEscapedErrors()
  let far: RawPeer
  let near: RawPeer
  let arrived: (stream: Stream) => void = () => undefined

  beforeAll(async () => {
    far = await rawPeer()
    near = await rawPeer([])
    await far.handle(PROTOCOL, stream => arrived(stream))
  })
  afterAll(async () => {
    await near[Symbol.asyncDispose]()
    await far[Symbol.asyncDispose]()
  })

  /** Both ends of a new stream. */
  async function pair(): Promise<[Stream, Stream]> {
    const other = new Promise<Stream>(resolve => {
      arrived = resolve
    })
    const stream = await openRaw(await connect(near, far), PROTOCOL)
    stream.send(new Uint8Array(0))
    return [stream, await other]
  }

  function framed(stream: Stream, stallMs?: number): FramedStream {
    return new FramedStream(stream, { maxFrameBytes: MAX_FRAME_BYTES, ...(stallMs && { stallMs }) })
  }

  it('gives back frames as they were, however they are sliced, and then the end', async () => {
    const [left, right] = await pair()
    const random = randomFrom(7)
    const bodies = Array.from({ length: 200 }, () => random.bytes(1 + random.below(3_000)))
    const reader = framed(right)
    sendSliced(left, Uint8Array.from(bodies.flatMap(body => [...withPrefix(body)])), random, 700)
    await left.close()
    for (const body of bodies) expect(await reader.read()).toEqual(body)
    expect(await reader.read()).toBeUndefined()
    expect(await reader.read()).toBeUndefined()
  })

  it('loses nothing that was sent, and closed, before anybody listened', async () => {
    const [left, right] = await pair()
    left.send(withPrefix(Uint8Array.of(1, 2)))
    await left.close()
    await until(() => right.remoteWriteStatus === 'closed')
    const reader = framed(right)
    expect(await reader.read()).toEqual(Uint8Array.of(1, 2))
    expect(await reader.read()).toBeUndefined()
  })

  it('makes a writer wait for a slow reader, keeps within the window in memory, and delivers everything', async () => {
    const [left, right] = await pair()
    const writer = framed(left)
    const reader = framed(right)
    const body = new Uint8Array(64 << 10).fill(7)
    const count = 400
    let mostUnsent = 0
    let mostUnread = 0
    const writing = (async () => {
      for (let index = 0; index < count; index++) {
        await writer.write(body)
        mostUnsent = Math.max(mostUnsent, left.writeBufferLength)
      }
      await writer.close()
    })()
    let read = 0
    for (let frame = await reader.read(); frame !== undefined; frame = await reader.read()) {
      expect(frame.byteLength).toBe(body.byteLength)
      if (++read % 16 === 0) await new Promise(resolve => setTimeout(resolve, 20))
      mostUnread = Math.max(mostUnread, right.readBufferLength)
    }
    await writing
    expect(read).toBe(count)
    expect(mostUnsent).toBeLessThan(1 << 20)
    expect(mostUnread).toBeLessThan(2 << 20)
  })

  it('gives up on a reader that takes nothing, and tells why', async () => {
    const [left, right] = await pair()
    right.pause()
    const writer = framed(left, 200)
    const body = new Uint8Array(64 << 10)
    const startedAtMs = performance.now()
    const run = async () => {
      for (let index = 0; index < 1_000; index++) await writer.write(body)
    }
    await expect(run()).rejects.toMatchObject({ code: 'slow_reader' })
    expectWithin(performance.now() - startedAtMs, 2_000)
    expect(left.status).toBe('aborted')
    await expect(writer.write(body)).rejects.toMatchObject({ code: 'slow_reader' })
    await expect(writer.read()).rejects.toMatchObject({ code: 'slow_reader' })
  })

  it('ends a write that waits when the other side resets', async () => {
    const [left, right] = await pair()
    right.pause()
    const writer = framed(left, 5_000)
    const run = async () => {
      for (let index = 0; index < 1_000; index++) await writer.write(new Uint8Array(64 << 10))
    }
    const writing = run()
    setTimeout(() => right.abort(new Error('enough')), 100)
    await expect(writing).rejects.toMatchObject({ code: 'provider_lost' })
  })

  it('ends a read that waits when the other side resets, or this side fails', async () => {
    const [left, right] = await pair()
    const reading = framed(right).read()
    left.abort(new Error('enough'))
    await expect(reading).rejects.toMatchObject({ code: 'provider_lost' })
    const [, other] = await pair()
    const reader = framed(other)
    const waiting = reader.read()
    reader.fail(new ProtocolError('mine'))
    reader.fail(new ProtocolError('not this one'))
    await expect(waiting).rejects.toMatchObject({ message: 'mine' })
    await expect(reader.write(Uint8Array.of(1))).rejects.toMatchObject({ message: 'mine' })
  })

  it('calls an end inside a frame a loss', async () => {
    const [left, right] = await pair()
    const reader = framed(right)
    left.send(Uint8Array.of(5, 1, 2))
    await left.close()
    await expect(reader.read()).rejects.toMatchObject({ code: 'provider_lost' })
  })

  it('resets at a length that cannot be', async () => {
    const [left, right] = await pair()
    const reader = framed(right)
    left.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f))
    await expect(reader.read()).rejects.toMatchObject({ code: 'protocol_error' })
    await until(() => left.status === 'reset')
  })

  it('fails at its watchdog, unless it is refreshed or stopped', async () => {
    const [, right] = await pair()
    const reader = framed(right)
    const stopped = reader.watchdog(30, () => new ProtocolError('stopped'))
    const refreshed = reader.watchdog(60, () => new ProtocolError('refreshed'))
    stopped.stop()
    await new Promise(resolve => setTimeout(resolve, 40))
    refreshed.refresh()
    await new Promise(resolve => setTimeout(resolve, 40))
    expect(right.status).toBe('open')
    await expect(reader.read()).rejects.toMatchObject({ message: 'refreshed' })
  })

  it('closes in order, and cuts a side that does not follow', async () => {
    const [left, right] = await pair()
    await framed(left).close(150)
    expect(left.writeStatus).toBe('closed')
    await until(() => left.status === 'aborted', 1_000)
    const [other, follower] = await pair()
    await framed(other).close(150)
    await follower.close()
    await until(() => other.status === 'closed', 1_000)
    right.abort(new Error('over'))
  })
})
