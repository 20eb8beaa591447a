import { describe, expect, it } from 'vitest'
import type { Advert } from '../../src/interface/index.ts'
import type * as pb from '../../src/protocols/capabilities/capabilities.pb.ts'
import { MAX_ADVERT_BYTES } from '../../src/protocols/capabilities/constants.ts'
import { openAdvert } from '../../src/protocols/capabilities/index.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { type Advertiser, advertiser, type ExchangeBench, exchangeBench, type Verdict } from './support/exchange.ts'
import { joined } from './support/frames.ts'
import { advertOf } from './support/routed.ts'
import { rawPayload, sealRaw } from './support/seal-raw.ts'

const TEN_MINUTES_MS = 600_000
type Setup = (provider: Advertiser, bench: ExchangeBench) => Promise<Uint8Array>

/** Signed by its own peer, with one field that is out of its bound. */
function withField(change: (raw: pb.Advert) => Partial<pb.Advert>): Setup {
  return async ({ key, id }) => await sealRaw(rawPayload(advertOf(id.toString(), { sequence: 200 }), change), key)
}

/** A change of the first model. */
function withModel(changes: Partial<pb.Model>): (raw: pb.Advert) => Partial<pb.Advert> {
  return ({ models }) => ({ models: models.map(model => ({ ...model, ...changes })) })
}

function named(name: string): Setup {
  return withField(withModel({ name }))
}

function flipped(at: number): Setup {
  return async provider => {
    const envelope = Uint8Array.from(await provider.seal())
    envelope[envelope.length + at] = envelope.at(at)! ^ 1
    return envelope
  }
}

const sealed =
  (changes: Partial<Advert>): Setup =>
  async provider =>
    await provider.seal(changes)

const CASES: [string, Verdict, Setup][] = [
  ['a bad signature', 'reject', flipped(-1)],
  ['a payload that was changed', 'reject', flipped(-80)],
  [
    'a wrong domain',
    'reject',
    async ({ key }) => await sealRaw(new Uint8Array(), key, { domain: 'libp2p-peer-record' })
  ],
  [
    'a wrong domain around an advert',
    'reject',
    async ({ key, id }) => await sealRaw(rawPayload(advertOf(id.toString())), key, { domain: 'libp2p-peer-record' })
  ],
  [
    'a wrong payload type',
    'reject',
    async ({ key, id }) => await sealRaw(rawPayload(advertOf(id.toString())), key, { codec: Uint8Array.of(3, 1) })
  ],
  ['no envelope', 'reject', async () => Uint8Array.of(1, 2, 3, 4)],
  ['nothing', 'reject', async () => new Uint8Array()],
  ['no advert inside', 'reject', async ({ key }) => await sealRaw(Uint8Array.of(0x1f, 0xff), key)],
  ['1 MiB', 'reject', async provider => joined(await provider.seal(), new Uint8Array((1 << 20) - 500))],
  [
    'one byte above the bound',
    'reject',
    async provider => {
      const envelope = await provider.seal()
      return joined(envelope, new Uint8Array(MAX_ADVERT_BYTES + 1 - envelope.byteLength))
    }
  ],
  ['sequence 2^53', 'reject', withField(() => ({ sequence: 2n ** 53n }))],
  ['sequence 2^64 - 1', 'reject', withField(() => ({ sequence: 2n ** 64n - 1n }))],
  ['a time of 2^53', 'reject', withField(() => ({ issuedAtMs: 2n ** 53n }))],
  ['2^53 parameters', 'reject', withField(withModel({ parameterCount: 2n ** 53n }))],
  ['a lifetime above the bound', 'reject', withField(() => ({ ttlMs: 300_001 }))],
  ['10,000 models', 'reject', withField(({ models }) => ({ models: Array(10_000).fill(models[0]) }))],
  ['33 models in little room', 'reject', withField(({ models }) => ({ models: Array(33).fill(models[0]) }))],
  ['5 addresses', 'reject', withField(() => ({ addresses: Array(5).fill(Uint8Array.of(4, 127, 0, 0, 1)) }))],
  ['an address that is none', 'reject', withField(() => ({ addresses: [Uint8Array.of(0xff, 0xff, 1)] }))],
  ['a digest of 31 bytes', 'reject', withField(withModel({ digest: new Uint8Array(31) }))],
  [
    'a class of a later version',
    'accept',
    async ({ key, id }) => await sealRaw(joined(rawPayload(advertOf(id.toString())), Uint8Array.of(0x28, 99)), key)
  ],
  ['a label of 65 characters', 'reject', withField(() => ({ label: 'x'.repeat(65) }))],
  ['a label that clears the screen', 'reject', withField(() => ({ label: '\u001b[2J' }))],
  ['a name with ESC', 'reject', named('a\u001b]52;c;x\u0007')],
  ['a name with C1', 'reject', named('a\u009b31m')],
  ['a name that turns its direction', 'reject', named('gguf\u202efdp.exe')],
  ['a name with isolates', 'reject', named('a\u2066b')],
  ['a name with NUL', 'reject', named('a\0b')],
  ['a name with a line break', 'reject', named('a\nb')],
  ['a name with nothing to see', 'reject', named('a\u200bb')],
  ['no name', 'reject', named('')],
  ['a name of 129 characters', 'reject', named('x'.repeat(129))],
  ['expired', 'ignore', sealed({ issuedAtMs: Date.now() - TEN_MINUTES_MS, ttlMs: 60_000 })],
  ['from the future', 'ignore', sealed({ issuedAtMs: Date.now() + TEN_MINUTES_MS })],
  ['a clock that is a minute ahead', 'accept', sealed({ issuedAtMs: Date.now() + 60_000 })],
  ['a clock that is a minute behind', 'accept', sealed({ issuedAtMs: Date.now() - 60_000, ttlMs: 60_000 })],
  [
    'a lower sequence',
    'ignore',
    async (provider, bench) => {
      await bench.judge(await provider.seal({ sequence: 500 }), provider.id)
      return await provider.seal({ sequence: 499 })
    }
  ],
  ['the highest sequence', 'accept', sealed({ sequence: Number.MAX_SAFE_INTEGER })],
  ['a goodbye', 'accept', sealed({ ttlMs: 0, models: [] })],
  ['everything in order', 'accept', sealed({})]
]

describe('the judge of gossip', () => {
  expectNoEscapedErrors()

  it.each(CASES)('case 22: %s: %s', async (_, verdict, setUp) => {
    const bench = await exchangeBench()
    const provider = await advertiser()
    const data = await setUp(provider, bench)
    const before = bench.directory.size
    expect(await bench.judge(data, provider.id)).toBe(verdict)
    if (verdict !== 'accept') expect(bench.directory.size).toBe(before)
    // Whatever came, the next honest advert is heard.
    if (verdict === 'reject') expect(await bench.judge(await provider.seal(), provider.id)).toBe('accept')
  })

  it('case 22: an advert that somebody else gossips: reject, and its peer is not harmed', async () => {
    const bench = await exchangeBench()
    const provider = await advertiser()
    const liar = await advertiser()
    const envelope = await provider.seal()
    expect(await bench.judge(envelope, liar.id)).toBe('reject')
    expect(bench.directory.size).toBe(0)
    expect(await bench.judge(envelope, provider.id)).toBe('accept')
  })

  it('passes on what an exchange brought first, once: those behind this node may not know it', async () => {
    const bench = await exchangeBench()
    const provider = await advertiser()
    const envelope = await provider.seal({ sequence: 700 })
    bench.directory.offer(await openAdvert(envelope), { origin: 'direct', envelope })
    expect(await bench.judge(envelope, provider.id)).toBe('accept')
    expect(await bench.judge(envelope, provider.id)).toBe('ignore')
    expect(bench.directory.size).toBe(1)
  })

  it('case 22: a forged high sequence does not silence the peer that it names', async () => {
    const bench = await exchangeBench()
    const provider = await advertiser()
    const forged = Uint8Array.from(await provider.seal({ sequence: Number.MAX_SAFE_INTEGER }))
    forged[forged.length - 1]! ^= 1
    expect(await bench.judge(forged, provider.id)).toBe('reject')
    expect(await bench.judge(await provider.seal(), provider.id)).toBe('accept')
  })

  it('case 22: more than five adverts in a burst are ignored, goodbyes exempt', async () => {
    const bench = await exchangeBench()
    const provider = await advertiser()
    const verdicts: Verdict[] = []
    for (let index = 0; index < 7; index++) verdicts.push(await bench.judge(await provider.seal(), provider.id))
    expect(verdicts).toEqual([...Array(5).fill('accept'), 'ignore', 'ignore'])
    expect(await bench.judge(await provider.seal({ ttlMs: 0, models: [] }), provider.id)).toBe('accept')
    expect(bench.directory.size).toBe(0)
  })

  it('case 22: 3,000 providers of one machine take no more room than their prefix has', async () => {
    const bench = await exchangeBench()
    const provider = await advertiser()
    for (let index = 0; index < 3_000; index++) {
      const advert = { ...advertOf(`peer-${index}`), addresses: [`/ip4/192.0.2.${index % 250}/tcp/1`] }
      bench.directory.offer(advert, { origin: 'gossip', envelope: new Uint8Array() })
    }
    expect(bench.directory.size).toBe(200)
    const elsewhere = await provider.seal({ addresses: ['/ip4/198.51.100.1/tcp/1'] })
    expect(await bench.judge(elsewhere, provider.id)).toBe('accept')
  })
})
