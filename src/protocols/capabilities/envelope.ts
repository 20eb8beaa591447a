import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { RecordEnvelope } from '@libp2p/peer-record'
import { type Advert, ProtocolError } from '../../interface/index.ts'
import { decodeAdvert, encodeAdvert } from './advert-codec.ts'
import { ADVERT_CODEC, ADVERT_DOMAIN, MAX_ADVERT_BYTES } from './constants.ts'

/**
 * Signs an advert. Models at the end of the list are left out when the envelope would pass its bound, so the caller
 * puts the ones that matter first.
 */
export async function sealAdvert(advert: Advert, privateKey: PrivateKey): Promise<Uint8Array> {
  for (let models = advert.models.length; ; models--) {
    const fitting = { ...advert, models: advert.models.slice(0, models) }
    const record = {
      domain: ADVERT_DOMAIN,
      codec: ADVERT_CODEC,
      marshal: () => encodeAdvert(fitting),
      equals: () => false
    }
    const envelope = (await RecordEnvelope.seal(record, privateKey)).marshal()
    if (envelope.byteLength <= MAX_ADVERT_BYTES || models === 0) return envelope
  }
}

/** Checks the size, the signature and every field. Throws `ProtocolError`, which costs the sender its reputation. */
export async function openAdvert(bytes: Uint8Array): Promise<Advert> {
  checkSize(bytes)
  let envelope: RecordEnvelope
  try {
    envelope = await RecordEnvelope.openAndCertify(bytes, ADVERT_DOMAIN)
  } catch (error) {
    throw new ProtocolError('an advert is not signed by its peer', { cause: error })
  }
  return readPayload(envelope)
}

/** Reads an advert without checking its signature: enough to drop what is old before paying for the check. */
export function peekAdvert(bytes: Uint8Array): Advert {
  checkSize(bytes)
  try {
    return readPayload(RecordEnvelope.createFromProtobuf(bytes))
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError('an advert is not an envelope', { cause: error })
  }
}

function readPayload(envelope: RecordEnvelope): Advert {
  if (!equal(envelope.payloadType, ADVERT_CODEC)) throw new ProtocolError('an envelope holds something else')
  return decodeAdvert(envelope.payload, peerIdFromPublicKey(envelope.publicKey).toString())
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.byteLength <= MAX_ADVERT_BYTES) return
  throw new ProtocolError(`an advert has ${bytes.byteLength} bytes, the limit is ${MAX_ADVERT_BYTES}`)
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index])
}
