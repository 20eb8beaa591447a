import { randomBytes } from 'node:crypto'
import type { Stream } from '@libp2p/interface'
import {
  ProtocolError,
  ProviderLostError,
  peerOf,
  type RemoteQuote,
  throwIfAborted,
  toP2paiError
} from '../../interface/index.ts'
import { FramedStream } from '../framed-stream.ts'
import { MAX_QUOTE_BYTES, NONCE_BYTES } from './constants.ts'
import * as pb from './quote.pb.ts'
import { encodeQuoteRequest } from './quote-codec.ts'
import { openQuote } from './sealed-quote.ts'

/** What the asking side needs. */
export interface QuoteClientInit {
  selfId: string
  /** Dials the peer if needed. Throws `ProviderUnreachableError`. */
  openStream: (peer: string, signal: AbortSignal) => Promise<Stream>
}

/** The asking side of `/p2p-ai/quote/1.0`. A quote that is not signed by that peer for this question is refused. */
export function quoteClient({ selfId, openStream }: QuoteClientInit): RemoteQuote {
  return async (peer, request, signal) => {
    throwIfAborted(signal)
    const stream = await openStream(peer, signal)
    const framed = new FramedStream(stream, { maxFrameBytes: MAX_QUOTE_BYTES + 16 })
    const stop = () => framed.fail(toP2paiError(signal.reason))
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    try {
      const nonce = randomBytes(NONCE_BYTES)
      await framed.write(encodeQuoteRequest(request, nonce))
      const frame = await framed.read()
      if (frame === undefined) throw new ProviderLostError('the provider ended the stream without a quote')
      const quote = await openQuote(envelopeOf(frame), { provider: peerOf(peer), asker: selfId, nonce })
      // The quote is whole, whatever the stream does now.
      await framed.close().catch(() => undefined)
      return quote
    } finally {
      signal.removeEventListener('abort', stop)
      if (stream.status === 'open') stream.abort(new Error('the question is over'))
    }
  }
}

function envelopeOf(frame: Uint8Array): Uint8Array {
  try {
    return pb.QuoteFrame.decode(frame).envelope
  } catch (error) {
    throw new ProtocolError('a frame is not a message of this protocol', { cause: error })
  }
}
