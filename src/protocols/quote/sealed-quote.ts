import type { PrivateKey } from '@libp2p/interface'
import { ProtocolError, type Quote } from '../../interface/index.ts'
import { openRecord, type RecordKind, sealRecord } from '../signed.ts'
import { MAX_QUOTE_BYTES } from './constants.ts'
import { decodeQuote, encodeQuote, type QuoteAddress } from './quote-codec.ts'

const QUOTE: RecordKind = {
  what: 'a quote',
  domain: 'p2p-ai-quote',
  codec: new TextEncoder().encode('/p2p-ai/quote/1'),
  maxBytes: MAX_QUOTE_BYTES
}

/** Signs a promise to one peer. */
export async function sealQuote(quote: Quote, address: QuoteAddress, key: PrivateKey): Promise<Uint8Array> {
  return await sealRecord(QUOTE, encodeQuote(quote, address), key)
}

/** Checks that `provider` promised this to this asker, for this question. Throws `ProtocolError`. */
export async function openQuote(
  envelope: Uint8Array,
  expected: { provider: string; asker: string; nonce: Uint8Array }
): Promise<Quote> {
  const { payload, peerId } = await openRecord(QUOTE, envelope)
  if (peerId !== expected.provider) throw new ProtocolError('a quote is signed by somebody else')
  const { quote, address } = decodeQuote(payload)
  if (address.asker !== expected.asker) throw new ProtocolError('a quote is for somebody else')
  const isAnswer =
    address.nonce.byteLength === expected.nonce.byteLength &&
    address.nonce.every((byte, index) => byte === expected.nonce[index])
  if (!isAnswer) throw new ProtocolError('a quote answers another question')
  return quote
}
