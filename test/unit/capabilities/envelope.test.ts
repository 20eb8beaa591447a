import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { describe, expect, it } from 'vitest'
import type { HardwareClass } from '../../../src/interface/index.ts'
import { decodeAdvert, encodeAdvert } from '../../../src/protocols/capabilities/advert-codec.ts'
import { MAX_ADVERT_BYTES } from '../../../src/protocols/capabilities/constants.ts'
import { openAdvert, peekAdvert, sealAdvert } from '../../../src/protocols/capabilities/index.ts'
import { fullAdvert, fullModel } from './fixtures.ts'

const CLASSES: HardwareClass[] = ['desktop', 'server', 'laptop', 'phone', 'browser']

describe('sealed adverts', () => {
  it('carry every field, and the peer of the key that signed', async () => {
    const key = await generateKeyPair('Ed25519')
    const peerId = peerIdFromPrivateKey(key).toString()
    const envelope = await sealAdvert(fullAdvert(), key)
    expect(await openAdvert(envelope)).toEqual(fullAdvert({ peerId }))
    expect(peekAdvert(envelope)).toEqual(fullAdvert({ peerId }))
  })

  it('carry an advert with nothing in it', () => {
    const empty = fullAdvert({
      sequence: 0,
      issuedAtMs: 0,
      ttlMs: 0,
      bootNonce: 0,
      addresses: [],
      label: '',
      models: []
    })
    expect(decodeAdvert(encodeAdvert(empty), empty.peerId)).toEqual(empty)
  })

  it.each(CLASSES)('carry the class %s', hardwareClass => {
    expect(decodeAdvert(encodeAdvert(fullAdvert({ hardwareClass })), 'a').hardwareClass).toBe(hardwareClass)
  })

  it('leave out models at the end until they fit 4 KiB', async () => {
    const key = await generateKeyPair('Ed25519')
    const models = Array.from({ length: 32 }, (_, index) => fullModel({ name: `${index}:${'x'.repeat(120)}` }))
    const envelope = await sealAdvert(fullAdvert({ models }), key)
    const kept = (await openAdvert(envelope)).models
    expect(envelope.byteLength).toBeLessThanOrEqual(MAX_ADVERT_BYTES)
    expect(kept.length).toBeGreaterThan(15)
    expect(kept.length).toBeLessThan(32)
    // One more would not have fitted.
    expect(envelope.byteLength + envelope.byteLength / kept.length).toBeGreaterThan(MAX_ADVERT_BYTES - 400)
    expect(kept).toEqual(models.slice(0, kept.length))
  })

  it('keep about 30 models of usual names', async () => {
    const key = await generateKeyPair('Ed25519')
    const models = Array.from({ length: 40 }, (_, index) => fullModel({ name: `model-${index}:8b-q4_k_m` }))
    expect((await openAdvert(await sealAdvert(fullAdvert({ models }), key))).models.length).toBeGreaterThanOrEqual(30)
  })

  it('hold four addresses at most', () => {
    const addresses = [1, 2, 3, 4, 5, 6].map(last => `/ip4/192.0.2.${last}/tcp/1`)
    expect(decodeAdvert(encodeAdvert(fullAdvert({ addresses })), 'a').addresses).toEqual(addresses.slice(0, 4))
  })

  it('never claim more free slots than there are, nor a speed that is no number', () => {
    const slots = { total: 2, free: 9 }
    const models = [fullModel({ slots, prefillTokensPerSecond: Number.NaN, decodeTokensPerSecond: -5 })]
    const read = decodeAdvert(encodeAdvert(fullAdvert({ models })), 'a')
    expect(read.models[0]?.slots).toEqual({ total: 2, free: 2 })
    expect(read.models[0]).toMatchObject({ prefillTokensPerSecond: 0, decodeTokensPerSecond: 0 })
  })
})
