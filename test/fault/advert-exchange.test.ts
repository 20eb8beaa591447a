import type { Connection, Stream } from '@libp2p/interface'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Dialer } from '../../src/node/dial.ts'
import * as pb from '../../src/protocols/capabilities/capabilities.pb.ts'
import { CAPABILITIES_PROTOCOL, capabilitiesServer, requestAdverts } from '../../src/protocols/capabilities/index.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { advertiser, type ExchangeBench, exchangeBench } from './support/exchange.ts'
import { addressOf, connect, openRaw, type RawPeer, rawPeer } from './support/raw-peer.ts'
import { until } from './support/until.ts'

const EXCHANGE_TIMEOUT_MS = 5_000
const MANY_STREAMS = { maxInboundStreams: 512 }

function frameOf(envelope: Uint8Array, ageMs = 0): Uint8Array {
  return withPrefix(pb.CapabilitiesFrame.encode({ envelope: Uint8Array.from(envelope), ageMs }))
}

describe('the request for adverts', () => {
  expectNoEscapedErrors()
  let bench: ExchangeBench
  let asking: RawPeer
  let told: RawPeer
  let tell: (stream: Stream) => Promise<void> | void = () => undefined
  const peers: RawPeer[] = []
  const problems: string[] = []

  beforeAll(async () => {
    asking = await rawPeer([])
    told = await rawPeer()
    await told.handle(CAPABILITIES_PROTOCOL, stream => tell(stream), MANY_STREAMS)
    bench = await exchangeBench({
      dialer: new Dialer(asking, () => []),
      onError: what => problems.push(what)
    })
    peers.push(asking, told)
  })
  afterAll(async () => {
    for (const peer of peers) await peer[Symbol.asyncDispose]()
  })

  const ask = async () => await bench.exchange.ask(addressOf(told), 'all', AbortSignal.timeout(8_000))

  it('case 22: passes over an entry that lies, keeps what came before and after it, and tells of the peer once', async () => {
    const [first, second] = [await advertiser(), await advertiser()]
    const toldBefore = problems.length
    const forged = Uint8Array.from(await second.seal())
    forged[forged.length - 1]! ^= 1
    const [before, after] = [await first.seal(), await second.seal()]
    tell = async stream => {
      for (const envelope of [before, forged, after]) stream.send(frameOf(envelope))
      await stream.close()
    }
    expect(await ask()).toBe(true)
    expect(bench.directory.get(first.id.toString())).toBeDefined()
    expect(bench.directory.get(second.id.toString())).toBeDefined()
    expect(await ask()).toBe(true)
    expect(problems.slice(toldBefore)).toEqual(['an advert from the exchange'])
  })

  it('case 22: leaves a teller of whose entries 33 lie', async () => {
    const [liar, last] = [await advertiser(), await advertiser()]
    const forged = await Promise.all(Array.from({ length: 33 }, async () => Uint8Array.from(await liar.seal())))
    for (const envelope of forged) envelope[envelope.length - 1]! ^= 1
    const honest = await last.seal()
    tell = async stream => {
      for (const envelope of [...forged, honest]) stream.send(frameOf(envelope))
      await stream.close()
    }
    expect(await ask()).toBe(false)
    expect(bench.directory.get(last.id.toString())).toBeUndefined()
  })

  it('case 22: takes off the lifetime what the teller says that it held it for', async () => {
    const [old, young] = [await advertiser(), await advertiser()]
    const envelopes = [frameOf(await old.seal(), 60_000), frameOf(await young.seal(), 59_000)]
    tell = async stream => {
      for (const frame of envelopes) stream.send(frame)
      await stream.close()
    }
    expect(await ask()).toBe(true)
    expect(bench.directory.get(old.id.toString())).toBeUndefined()
    expect(bench.directory.get(young.id.toString())).toBeDefined()
  })

  it('case 22: takes 2,000 adverts of one answer, and leaves at the next', async () => {
    const provider = await advertiser()
    const frame = frameOf(await provider.seal())
    let sent = 0
    tell = async stream => {
      while (stream.writeStatus === 'writable' && sent < 10_000) {
        sent++
        if (!stream.send(frame)) await new Promise(resolve => setTimeout(resolve, 1))
      }
    }
    const before = bench.directory.size
    expect(await ask()).toBe(false)
    expect(sent).toBeGreaterThan(2_000)
    expect(bench.directory.size).toBe(before + 1)
  })

  it('case 3: leaves a teller that says nothing after five seconds', async () => {
    tell = () => undefined
    const startedAtMs = performance.now()
    expect(await ask()).toBe(false)
    expect(performance.now() - startedAtMs).toBeGreaterThan(EXCHANGE_TIMEOUT_MS - 100)
    expect(performance.now() - startedAtMs).toBeLessThan(EXCHANGE_TIMEOUT_MS + 1_000)
  })

  it('clears a suspect that tells of a new start itself, and not one of whom others tell', async () => {
    const other = await advertiser()
    const peerId = other.id.toString()
    const frame = frameOf(await other.seal({ bootNonce: 8 }))
    const say = async (stream: Stream) => {
      stream.send(frame)
      await stream.close()
    }
    bench.suspects.strike(peerId, { bootNonce: 7, models: [] })
    tell = say
    expect(await ask()).toBe(true)
    expect(bench.suspects.has(peerId)).toBe(true)
    const itself = await rawPeer(undefined, other.key)
    peers.push(itself)
    await itself.handle(CAPABILITIES_PROTOCOL, say)
    await connect(asking, itself)
    expect(await bench.exchange.ask(peerId, 'own', AbortSignal.timeout(5_000))).toBe(true)
    expect(bench.suspects.has(peerId)).toBe(false)
    // Where it was seen counts, not that it names no address.
    expect(bench.directory.prefixOf(peerId)).toBe('127.0.0')
  })

  describe('as it is answered', () => {
    let server: RawPeer
    let stranger: RawPeer
    let connection: Connection

    beforeAll(async () => {
      server = await rawPeer()
      stranger = await rawPeer([])
      peers.push(server, stranger)
      await server.handle(CAPABILITIES_PROTOCOL, async (stream, from) => await bench.serve(stream, from), MANY_STREAMS)
      connection = await connect(stranger, server)
    })

    it('case 11: is reset for a peer that asks more than five times in a burst, and another is served', async () => {
      const outcome = async (from: Connection) => {
        try {
          for await (const _ of requestAdverts(await openRaw(from, CAPABILITIES_PROTOCOL), 'all'));
          return 'ok'
        } catch {
          return 'reset'
        }
      }
      const outcomes: string[] = []
      for (let index = 0; index < 8; index++) outcomes.push(await outcome(connection))
      expect(outcomes).toEqual([...Array(5).fill('ok'), 'reset', 'reset', 'reset'])
      const other = await rawPeer([])
      peers.push(other)
      expect(await outcome(await connect(other, server))).toBe('ok')
    })

    it('case 15: costs a teller nothing when the reader does not read, and ends after five seconds', async () => {
      const streams: Stream[] = []
      const wide = await rawPeer()
      peers.push(wide)
      const envelope = new Uint8Array(4_000)
      const serve = capabilitiesServer(() => Array(2_000).fill({ envelope, ageMs: 0 }))
      await wide.handle(CAPABILITIES_PROTOCOL, async (stream, from) => {
        streams.push(stream)
        await serve(stream, from)
      })
      const stream = await openRaw(await connect(stranger, wide), CAPABILITIES_PROTOCOL)
      stream.pause()
      stream.send(withPrefix(Uint8Array.of(8, 1)))
      let most = 0
      await until(
        () => {
          most = Math.max(most, streams[0]?.writeBufferLength ?? 0)
          return streams[0] !== undefined && streams[0].status !== 'open'
        },
        EXCHANGE_TIMEOUT_MS + 2_000,
        'the end of the stream'
      )
      expect(most).toBeLessThan(2 << 20)
      expect(streams[0]?.status).toBe('aborted')
    })
  })
})
