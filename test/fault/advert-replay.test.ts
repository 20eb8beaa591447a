import { describe, expect, it } from 'vitest'
import { Dialer } from '../../src/node/dial.ts'
import * as pb from '../../src/protocols/capabilities/capabilities.pb.ts'
import { CAPABILITIES_PROTOCOL } from '../../src/protocols/capabilities/index.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { advertiser, exchangeBench } from './support/exchange.ts'
import { addressOf, rawPeer } from './support/raw-peer.ts'

const REPLAYS = 100_000
/** A check of the signature alone takes 400 us. */
const MAX_US_A_REPLAY = 100

/** The same advert with another signature, which only a check of the signature could tell. */
function unsigned(envelope: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(envelope)
  copy[copy.length - 1]! ^= 1
  return copy
}

describe('adverts that come again', () => {
  expectNoEscapedErrors()

  it('case 23: an advert replayed 100,000 times is one entry, and its signature is checked once', async () => {
    const bench = await exchangeBench()
    const provider = await advertiser()
    const envelope = await provider.seal()
    expect(await bench.judge(envelope, provider.id)).toBe('accept')
    expect(await bench.judge(unsigned(envelope), provider.id)).toBe('ignore')
    const before = process.cpuUsage()
    for (let index = 0; index < REPLAYS; index++) {
      if ((await bench.judge(envelope, provider.id)) !== 'ignore') throw new Error(`replay ${index} was not ignored`)
    }
    const { user, system } = process.cpuUsage(before)
    const each = (user + system) / REPLAYS
    console.log(`case 23: ${each.toFixed(1)} us a replay`)
    expect(each).toBeLessThan(MAX_US_A_REPLAY)
    expect(bench.directory.size).toBe(1)
  })

  it('case 23: an advert replayed after its goodbye stays gone', async () => {
    const bench = await exchangeBench()
    const provider = await advertiser()
    const envelope = await provider.seal()
    expect(await bench.judge(envelope, provider.id)).toBe('accept')
    expect(await bench.judge(await provider.seal({ ttlMs: 0, models: [] }), provider.id)).toBe('accept')
    expect(await bench.judge(envelope, provider.id)).toBe('ignore')
    expect(bench.directory.size).toBe(0)
  })

  it('case 23: the same advert by way of 50 peers is one entry, and its signature is checked once', async () => {
    await using asking = await rawPeer([])
    const bench = await exchangeBench({ dialer: new Dialer(asking, () => []) })
    const provider = await advertiser()
    const envelope = await provider.seal()
    for (let index = 0; index < 50; index++) {
      await using teller = await rawPeer()
      const told = index === 0 ? Uint8Array.from(envelope) : unsigned(envelope)
      await teller.handle(CAPABILITIES_PROTOCOL, async stream => {
        for (let copy = 0; copy < 20; copy++) {
          stream.send(withPrefix(pb.CapabilitiesFrame.encode({ envelope: told, ageMs: 0 })))
        }
        await stream.close()
      })
      // An answer whose signatures were checked would fail.
      expect(await bench.exchange.ask(addressOf(teller), 'all', AbortSignal.timeout(5_000))).toBe(true)
    }
    expect(bench.directory.size).toBe(1)
  })
})
