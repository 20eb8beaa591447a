import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { RecordEnvelope } from '@libp2p/peer-record'
import { ProtocolError } from '../interface/index.ts'

/** A kind of signed record. The domain keeps one kind from passing for another. */
export interface RecordKind {
  /** What it is, for error messages: `an advert`. */
  what: string
  domain: string
  /** Payload type inside the envelope. */
  codec: Uint8Array
  /** Largest envelope. */
  maxBytes: number
}

/** A record whose signature was checked. */
export interface OpenedRecord {
  payload: Uint8Array
  /** Whose key signed it. */
  peerId: string
}

/** Signs a payload as a libp2p envelope. */
export async function sealRecord(
  { domain, codec }: RecordKind,
  payload: Uint8Array,
  key: PrivateKey
): Promise<Uint8Array> {
  const record = { domain, codec, marshal: () => payload, equals: () => false }
  return (await RecordEnvelope.seal(record, key)).marshal()
}

/** Checks the size, the signature and the kind. Throws `ProtocolError`. */
export async function openRecord(kind: RecordKind, bytes: Uint8Array): Promise<OpenedRecord> {
  checkSize(kind, bytes)
  let envelope: RecordEnvelope
  try {
    envelope = await RecordEnvelope.openAndCertify(bytes, kind.domain)
  } catch (error) {
    throw new ProtocolError(`${kind.what} is not signed by its peer`, { cause: error })
  }
  return payloadOf(kind, envelope)
}

/** Reads a record without checking its signature: enough to drop what is old before paying for the check. */
export function peekRecord(kind: RecordKind, bytes: Uint8Array): OpenedRecord {
  checkSize(kind, bytes)
  try {
    return payloadOf(kind, RecordEnvelope.createFromProtobuf(bytes))
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError(`${kind.what} is not an envelope`, { cause: error })
  }
}

function payloadOf({ codec }: RecordKind, envelope: RecordEnvelope): OpenedRecord {
  const isKind =
    envelope.payloadType.byteLength === codec.byteLength &&
    envelope.payloadType.every((byte, index) => byte === codec[index])
  if (!isKind) throw new ProtocolError('an envelope holds something else')
  return { payload: envelope.payload, peerId: peerIdFromPublicKey(envelope.publicKey).toString() }
}

function checkSize({ what, maxBytes }: RecordKind, bytes: Uint8Array): void {
  if (bytes.byteLength <= maxBytes) return
  throw new ProtocolError(`${what} has ${bytes.byteLength} bytes, the limit is ${maxBytes}`)
}
