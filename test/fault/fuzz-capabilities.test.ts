import type { Stream } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { Dialer } from '../../src/node/dial.ts'
import * as pb from '../../src/protocols/capabilities/capabilities.pb.ts'
import {
  CAPABILITIES_PROTOCOL,
  capabilitiesServer,
  openAdvert,
  requestAdverts
} from '../../src/protocols/capabilities/index.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { advertiser, exchangeBench } from './support/exchange.ts'
import { joined } from './support/frames.ts'
import { expectNoGrowth, FUZZ_FRAMES, FUZZ_TIMEOUT_MS, mutated, mutatedFrame, runFuzz } from './support/fuzz.ts'
import { seededRandom } from './support/random.ts'
import { addressOf, connect, openRaw, rawPeer } from './support/raw-peer.ts'
import { sendSliced } from './support/raw-stream.ts'

const MANY_STREAMS = { maxInboundStreams: 512 }

/** Reads an honest answer to the request for the set. */
async function askedFor(stream: Stream): Promise<number> {
  let count = 0
  for await (const _ of requestAdverts(stream, 'all')) count++
  return count
}

async function ended(stream: Stream): Promise<void> {
  if (stream.status !== 'open' || stream.remoteWriteStatus !== 'writable') return
  await new Promise<void>(resolve => {
    stream.addEventListener('remoteCloseWrite', () => resolve())
    stream.addEventListener('close', () => resolve())
  })
}

describe('fuzzed frames of /p2p-ai/capabilities/1.0 and of gossip', () => {
  expectNoEscapedErrors()

  it(
    'the server takes them without harm, and answers an honest peer beside them',
    async () => {
      const random = seededRandom('fuzz capabilities server')
      await using server = await rawPeer()
      await using stranger = await rawPeer([])
      await using honest = await rawPeer([])
      const held = [1, 2, 3].map(() => ({ envelope: random.bytes(200), ageMs: 5 }))
      await server.handle(
        CAPABILITIES_PROTOCOL,
        capabilitiesServer(() => held),
        MANY_STREAMS
      )
      const connection = await connect(stranger, server)
      const honestConnection = await connect(honest, server)
      let streams = 0
      let frames = 0
      const one = async () => {
        if (++streams % 500 === 0) {
          expect(await askedFor(await openRaw(honestConnection, CAPABILITIES_PROTOCOL))).toBe(3)
        }
        const stream = await openRaw(connection, CAPABILITIES_PROTOCOL)
        // A listener, since what nobody listens to is kept.
        stream.addEventListener('message', () => undefined)
        const sent = Array.from({ length: 1 + random.below(4) }, () => mutatedFrame(Uint8Array.of(8, 1), random))
        sendSliced(stream, joined(...sent), random, 32)
        if (random.below(4) === 0) stream.abort(new Error('gone'))
        else await stream.close().catch(() => undefined)
        await ended(stream)
        frames += sent.length
      }
      await runFuzz(200, () => frames, one)
      await expectNoGrowth('fuzz capabilities server', async () => await runFuzz(FUZZ_FRAMES, () => frames, one))
      expect(await askedFor(await openRaw(honestConnection, CAPABILITIES_PROTOCOL))).toBe(3)
    },
    FUZZ_TIMEOUT_MS
  )

  it(
    'the asker takes them without harm, and hears an honest peer beside them',
    async () => {
      const random = seededRandom('fuzz capabilities asker')
      await using liar = await rawPeer()
      await using truthful = await rawPeer()
      await using asking = await rawPeer([])
      const bench = await exchangeBench({ dialer: new Dialer(asking, () => []) })
      const provider = await advertiser()
      const envelope = Uint8Array.from(await provider.seal())
      const frame = pb.CapabilitiesFrame.encode({ envelope, ageMs: 1_000 })
      let frames = 0
      await liar.handle(
        CAPABILITIES_PROTOCOL,
        async stream => {
          // Half of them are frames in order around an advert that is not.
          const sent = Array.from({ length: 1 + random.below(6) }, () =>
            random.below(2) === 0
              ? mutatedFrame(frame, random)
              : withPrefix(
                  pb.CapabilitiesFrame.encode({ envelope: Uint8Array.from(mutated(envelope, random)), ageMs: 1 })
                )
          )
          frames += sent.length
          sendSliced(stream, joined(...sent), random)
          if (random.below(4) === 0) stream.abort(new Error('gone'))
          else await stream.close().catch(() => undefined)
        },
        MANY_STREAMS
      )
      await truthful.handle(
        CAPABILITIES_PROTOCOL,
        capabilitiesServer(() => [{ envelope, ageMs: 0 }]),
        MANY_STREAMS
      )
      await connect(asking, liar)
      const ask = async (peer: typeof liar) =>
        await bench.exchange.ask(addressOf(peer), 'all', AbortSignal.timeout(10_000))
      let asks = 0
      const one = async () => {
        if (++asks % 500 === 0) expect(await ask(truthful)).toBe(true)
        await ask(liar)
      }
      await runFuzz(200, () => frames, one)
      await expectNoGrowth('fuzz capabilities asker', async () => await runFuzz(FUZZ_FRAMES, () => frames, one))
      expect(frames).toBeGreaterThanOrEqual(FUZZ_FRAMES)
      expect(await ask(truthful)).toBe(true)
      // Nothing but what the provider itself signed has come in.
      expect(bench.directory.all().map(advert => advert.peerId)).toEqual([provider.id.toString()])
    },
    FUZZ_TIMEOUT_MS
  )

  it(
    'the judge of gossip takes them without harm, and accepts an honest advert beside them',
    async () => {
      const random = seededRandom('fuzz gossip')
      const bench = await exchangeBench()
      const provider = await advertiser()
      const honest = await advertiser()
      const envelope = await provider.seal()
      let messages = 0
      const one = async () => {
        messages++
        await bench.judge(mutated(envelope, random), provider.id)
      }
      await runFuzz(200, () => messages, one)
      await expectNoGrowth('fuzz gossip', async () => await runFuzz(FUZZ_FRAMES, () => messages, one))
      expect(await bench.judge(await honest.seal(), honest.id)).toBe('accept')
      // An injury outside of what is signed may pass; what is in the advert stands as its peer wrote it.
      const claimed = bench.directory.get(provider.id.toString())
      if (claimed !== undefined) expect(claimed).toEqual(await openAdvert(envelope))
      expect(bench.directory.size).toBe(claimed === undefined ? 1 : 2)
    },
    FUZZ_TIMEOUT_MS
  )
})
