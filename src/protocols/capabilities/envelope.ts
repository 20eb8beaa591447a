import type { PrivateKey } from '@libp2p/interface'
import type { Advert } from '../../interface/index.ts'
import { openRecord, peekRecord, type RecordKind, sealRecord } from '../signed.ts'
import { decodeAdvert, encodeAdvert } from './advert-codec.ts'
import { ADVERT_CODEC, ADVERT_DOMAIN, MAX_ADVERT_BYTES } from './constants.ts'

const ADVERT: RecordKind = {
  what: 'an advert',
  domain: ADVERT_DOMAIN,
  codec: ADVERT_CODEC,
  maxBytes: MAX_ADVERT_BYTES
}

/**
 * Signs an advert. Models at the end of the list are left out when the envelope would pass its bound, so the caller
 * puts the ones that matter first.
 */
export async function sealAdvert(advert: Advert, privateKey: PrivateKey): Promise<Uint8Array> {
  for (let models = advert.models.length; ; models--) {
    const fitting = { ...advert, models: advert.models.slice(0, models) }
    const envelope = await sealRecord(ADVERT, encodeAdvert(fitting), privateKey)
    if (envelope.byteLength <= MAX_ADVERT_BYTES || models === 0) return envelope
  }
}

/** Checks the size, the signature and every field. Throws `ProtocolError`, which costs the sender its reputation. */
export async function openAdvert(bytes: Uint8Array): Promise<Advert> {
  const { payload, peerId } = await openRecord(ADVERT, bytes)
  return decodeAdvert(payload, peerId)
}

/** Reads an advert without checking its signature: enough to drop what is old before paying for the check. */
export function peekAdvert(bytes: Uint8Array): Advert {
  const { payload, peerId } = peekRecord(ADVERT, bytes)
  return decodeAdvert(payload, peerId)
}
