import type { PrivateKey } from '@libp2p/interface'
import {
  type JobAcknowledgement,
  type JobReceipt,
  type ProtocolError,
  ReceiptError,
  type SignedRecord
} from '../../interface/index.ts'
import { openRecord, peekRecord, type RecordKind, sealRecord } from '../signed.ts'
import { decodeAcknowledgement, decodeReceipt, encodeAcknowledgement, encodeReceipt } from './receipt-codec.ts'

/** A sealed record: two keys, two ids, a few numbers and a signature. RSA keys are the longest. */
export const MAX_RECEIPT_BYTES = 2_048

const text = new TextEncoder()
const ACKNOWLEDGEMENT: RecordKind = {
  what: 'an acknowledgement',
  domain: 'p2p-ai-ack',
  codec: text.encode('/p2p-ai/ack/1'),
  maxBytes: MAX_RECEIPT_BYTES
}
const RECEIPT: RecordKind = {
  what: 'a receipt',
  domain: 'p2p-ai-receipt',
  codec: text.encode('/p2p-ai/receipt/1'),
  maxBytes: MAX_RECEIPT_BYTES
}

/** Signs what was got. */
export async function sealAcknowledgement(content: JobAcknowledgement, key: PrivateKey): Promise<Uint8Array> {
  return await sealRecord(ACKNOWLEDGEMENT, encodeAcknowledgement(content), key)
}

/** Signs what was given. */
export async function sealReceipt(content: JobReceipt, key: PrivateKey): Promise<Uint8Array> {
  return await sealRecord(RECEIPT, encodeReceipt(content), key)
}

/** Checks the signature; who may have signed it is for the reader. Throws `ReceiptError`: `malformed` or `forged`. */
export async function openAcknowledgement(envelope: Uint8Array): Promise<SignedRecord<JobAcknowledgement>> {
  return await open(ACKNOWLEDGEMENT, decodeAcknowledgement, envelope)
}

/** As `openAcknowledgement`. */
export async function openReceipt(envelope: Uint8Array): Promise<SignedRecord<JobReceipt>> {
  return await open(RECEIPT, decodeReceipt, envelope)
}

async function open<Content>(
  kind: RecordKind,
  decode: (payload: Uint8Array) => Content,
  envelope: Uint8Array
): Promise<SignedRecord<Content>> {
  let content: Content
  try {
    content = decode(peekRecord(kind, envelope).payload)
  } catch (error) {
    if (error instanceof ReceiptError) throw error
    throw new ReceiptError('malformed', (error as ProtocolError).message, { cause: error })
  }
  try {
    const { peerId } = await openRecord(kind, envelope)
    return { content, signer: peerId, envelope }
  } catch (error) {
    throw new ReceiptError('forged', `${kind.what} is not signed by the key in it`, { cause: error })
  }
}
