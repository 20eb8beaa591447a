import type { PrivateKey } from '@libp2p/interface'
import { RecordEnvelope } from '@libp2p/peer-record'
import type { Advert } from '../../../src/interface/index.ts'
import { encodeAdvert } from '../../../src/protocols/capabilities/advert-codec.ts'
import * as pb from '../../../src/protocols/capabilities/capabilities.pb.ts'
import { ADVERT_CODEC, ADVERT_DOMAIN } from '../../../src/protocols/capabilities/constants.ts'

/** Signs any payload under any domain and type, as no honest peer would. */
export async function sealRaw(
  payload: Uint8Array,
  key: PrivateKey,
  { domain = ADVERT_DOMAIN, codec = ADVERT_CODEC } = {}
): Promise<Uint8Array> {
  const record = { domain, codec, marshal: () => payload, equals: () => false }
  return (await RecordEnvelope.seal(record, key)).marshal()
}

/** An advert's payload with changes that the codec of this program would not write. */
export function rawPayload(
  advert: Advert,
  change: (raw: pb.Advert) => Partial<pb.Advert> = () => ({})
): Uint8Array<ArrayBuffer> {
  const raw = pb.Advert.decode(encodeAdvert(advert))
  return Uint8Array.from(pb.Advert.encode({ ...raw, ...change(raw) }))
}
