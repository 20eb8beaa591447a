import { peerIdFromString } from '@libp2p/peer-id'
import {
  InvalidRequestError,
  MAX_CONVERSATION_TAG_BYTES,
  MAX_NAME_LENGTH,
  MAX_TOKENS,
  ProtocolError,
  type Quote,
  type QuoteRequest,
  type QuoteStatus
} from '../../interface/index.ts'
import { digestFromBytes, digestToBytes } from '../hex.ts'
import { MAX_VALID_MS, NONCE_BYTES } from './constants.ts'
import * as pb from './quote.pb.ts'

/** Numbers of `status`; a later one is read as `internal`. */
const STATUSES: QuoteStatus[] = [
  'ok',
  'busy',
  'model_not_found',
  'context_length_exceeded',
  'refused',
  'engine_stopped',
  'internal'
]
const MAX_U32 = 0xffffffff

/** To whom a quote is given, and for which question. */
export interface QuoteAddress {
  /** Empty for a quote that was not asked for, as when a request is declined. */
  nonce: Uint8Array
  asker: string
}

/** A question as the only frame of a requester. */
export function encodeQuoteRequest(request: QuoteRequest, nonce: Uint8Array): Uint8Array {
  return pb.QuoteRequest.encode({
    nonce: new Uint8Array(nonce),
    model: request.model,
    promptTokens: whole(request.promptTokens),
    expectedTokens: whole(request.expectedTokens),
    conversationTag: new Uint8Array(request.conversationTag ?? [])
  })
}

/** Reads a stranger's question. Throws `InvalidRequestError`. */
export function decodeQuoteRequest(bytes: Uint8Array): { request: QuoteRequest; nonce: Uint8Array } {
  const raw = decode(pb.QuoteRequest.decode, bytes)
  if (raw.nonce.byteLength !== NONCE_BYTES) fail('nonce', `must have ${NONCE_BYTES} bytes`)
  if (raw.model === '' || raw.model.length > MAX_NAME_LENGTH)
    fail('model', `must have 1 to ${MAX_NAME_LENGTH} characters`)
  if (raw.conversationTag.byteLength > MAX_CONVERSATION_TAG_BYTES) {
    fail('conversation_tag', `is longer than ${MAX_CONVERSATION_TAG_BYTES} bytes`)
  }
  const request: QuoteRequest = {
    model: raw.model,
    promptTokens: Math.min(MAX_TOKENS, raw.promptTokens),
    expectedTokens: Math.min(MAX_TOKENS, raw.expectedTokens)
  }
  if (raw.conversationTag.byteLength > 0) request.conversationTag = raw.conversationTag
  return { request, nonce: raw.nonce }
}

/** The payload of a sealed quote. */
export function encodeQuote(quote: Quote, { nonce, asker }: QuoteAddress): Uint8Array {
  return pb.Quote.encode({
    nonce: new Uint8Array(nonce),
    asker,
    status: STATUSES.indexOf(quote.status),
    modelName: quote.model.name,
    modelDigest: digestToBytes(quote.model.digest),
    waitMs: whole(quote.waitMs),
    loadMs: whole(quote.loadMs),
    cachedTokens: whole(quote.cachedTokens),
    prefillTokensPerSecond: quote.prefillTokensPerSecond,
    decodeTokensPerSecond: quote.decodeTokensPerSecond,
    firstTokenMs: whole(quote.firstTokenMs),
    pricePerKiloToken: whole(quote.pricePerKiloToken),
    validMs: whole(quote.validMs),
    slotsTotal: whole(quote.slots.total),
    slotsFree: whole(quote.slots.free),
    queued: whole(quote.queued)
  })
}

/** Reads the payload of a sealed quote. Throws `ProtocolError` for what an honest provider would not have made. */
export function decodeQuote(bytes: Uint8Array): { quote: Quote; address: QuoteAddress } {
  let raw: pb.Quote
  try {
    raw = pb.Quote.decode(bytes)
  } catch (error) {
    throw new ProtocolError('a quote is not a message of this protocol', { cause: error })
  }
  const quote: Quote = {
    status: STATUSES[raw.status] ?? 'internal',
    model: { name: raw.modelName.slice(0, MAX_NAME_LENGTH), digest: digestFromBytes(raw.modelDigest) },
    waitMs: raw.waitMs,
    loadMs: raw.loadMs,
    cachedTokens: raw.cachedTokens,
    prefillTokensPerSecond: speed(raw.prefillTokensPerSecond),
    decodeTokensPerSecond: speed(raw.decodeTokensPerSecond),
    firstTokenMs: raw.firstTokenMs,
    pricePerKiloToken: raw.pricePerKiloToken,
    validMs: Math.min(MAX_VALID_MS, raw.validMs),
    slots: { total: raw.slotsTotal, free: Math.min(raw.slotsFree, raw.slotsTotal) },
    queued: raw.queued
  }
  if (quote.status === 'ok' && quote.model.digest === '') throw new ProtocolError('a quote has no digest')
  return { quote, address: { nonce: raw.nonce, asker: askerOf(raw.asker) } }
}

function askerOf(text: string): string {
  try {
    return peerIdFromString(text).toString()
  } catch (error) {
    throw new ProtocolError('a quote is for nobody', { cause: error })
  }
}

function decode<Message>(decoder: (bytes: Uint8Array) => Message, bytes: Uint8Array): Message {
  try {
    return decoder(bytes)
  } catch (error) {
    throw new InvalidRequestError('the question is not a message of this protocol', { cause: error })
  }
}

function speed(value: number): number {
  if (Number.isFinite(value) && value >= 0) return value
  throw new ProtocolError('a quote has a speed that is none')
}

function whole(value: number): number {
  return Number.isFinite(value) ? Math.min(MAX_U32, Math.max(0, Math.round(value))) : MAX_U32
}

function fail(field: string, problem: string): never {
  throw new InvalidRequestError(`${field} ${problem}`, { details: { field } })
}
