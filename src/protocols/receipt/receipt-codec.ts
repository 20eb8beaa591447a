import { peerIdFromMultihash, peerIdFromString } from '@libp2p/peer-id'
import { decode as decodeMultihash } from 'multiformats/hashes/digest'
import { fromString } from 'uint8arrays/from-string'
import { toString as bytesToString } from 'uint8arrays/to-string'
import {
  JOB_ID_BYTES,
  type JobAcknowledgement,
  type JobReceipt,
  type JobTotals,
  MAX_TOKENS,
  ReceiptError
} from '../../interface/index.ts'
import { digestFromBytes, digestToBytes } from '../hex.ts'
import { whole } from '../whole.ts'
import * as pb from './receipt.pb.ts'

/** The payload of an acknowledgement. */
export function encodeAcknowledgement(content: JobAcknowledgement): Uint8Array {
  return pb.Acknowledgement.encode({
    ...encodeTotals(content),
    provider: encodePeer(content.provider),
    job: fromString(content.job, 'base16'),
    sequence: content.sequence,
    receiptHash: digestToBytes(content.receiptHash ?? '')
  })
}

/** Throws `ReceiptError` with `malformed`. */
export function decodeAcknowledgement(bytes: Uint8Array): JobAcknowledgement {
  const raw = decode(pb.Acknowledgement.decode, bytes)
  const receiptHash = digestFromBytes(raw.receiptHash)
  if (raw.sequence === 0) throw new ReceiptError('malformed', 'an acknowledgement has no number')
  if (receiptHash === '' && raw.receiptHash.byteLength > 0) throw new ReceiptError('malformed', 'a hash is cut')
  return {
    ...decodeTotals(raw),
    provider: decodePeer(raw.provider),
    job: decodeJob(raw.job),
    sequence: raw.sequence,
    ...(receiptHash !== '' && { receiptHash })
  }
}

/** The payload of a receipt. */
export function encodeReceipt(content: JobReceipt): Uint8Array {
  return pb.Receipt.encode({
    ...encodeTotals(content),
    asker: encodePeer(content.asker),
    job: fromString(content.job, 'base16'),
    modelDigest: digestToBytes(content.modelDigest),
    pricePerKiloToken: whole(content.pricePerKiloToken),
    promisedFirstTokenMs: content.promisedFirstTokenMs === undefined ? undefined : whole(content.promisedFirstTokenMs),
    observedFirstTokenMs: whole(content.observedFirstTokenMs),
    totalMs: whole(content.totalMs),
    issuedAtMs: BigInt(content.issuedAtMs)
  })
}

/** Throws `ReceiptError` with `malformed`. */
export function decodeReceipt(bytes: Uint8Array): JobReceipt {
  const raw = decode(pb.Receipt.decode, bytes)
  const modelDigest = digestFromBytes(raw.modelDigest)
  if (modelDigest === '') throw new ReceiptError('malformed', 'a receipt names no model')
  return {
    ...decodeTotals(raw),
    asker: decodePeer(raw.asker),
    job: decodeJob(raw.job),
    modelDigest,
    pricePerKiloToken: raw.pricePerKiloToken,
    ...(raw.promisedFirstTokenMs !== undefined && { promisedFirstTokenMs: raw.promisedFirstTokenMs }),
    observedFirstTokenMs: raw.observedFirstTokenMs,
    totalMs: raw.totalMs,
    issuedAtMs: safe(raw.issuedAtMs)
  }
}

function encodeTotals({ promptTokens, cachedPromptTokens, completionTokens, microCredits }: JobTotals) {
  return { promptTokens, cachedPromptTokens, completionTokens, microCredits: BigInt(microCredits) }
}

function decodeTotals(raw: Omit<JobTotals, 'microCredits'> & { microCredits: bigint }): JobTotals {
  const { promptTokens, cachedPromptTokens, completionTokens } = raw
  if (Math.max(promptTokens, completionTokens) > MAX_TOKENS || cachedPromptTokens > promptTokens) {
    throw new ReceiptError('malformed', 'a record counts tokens that no request can have')
  }
  return { promptTokens, cachedPromptTokens, completionTokens, microCredits: safe(raw.microCredits) }
}

function encodePeer(peerId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(peerIdFromString(peerId).toMultihash().bytes)
}

function decodePeer(bytes: Uint8Array): string {
  try {
    return peerIdFromMultihash(decodeMultihash(bytes)).toString()
  } catch (error) {
    throw new ReceiptError('malformed', 'a record names no peer', { cause: error })
  }
}

function decodeJob(bytes: Uint8Array): string {
  if (bytes.byteLength === JOB_ID_BYTES) return bytesToString(bytes, 'base16')
  throw new ReceiptError('malformed', 'a record names no job')
}

function safe(value: bigint): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
  throw new ReceiptError('malformed', 'a record has a number that nobody can count to')
}

function decode<Message>(decoder: (bytes: Uint8Array) => Message, bytes: Uint8Array): Message {
  try {
    return decoder(bytes)
  } catch (error) {
    throw new ReceiptError('malformed', 'a record is not a message of this protocol', { cause: error })
  }
}
