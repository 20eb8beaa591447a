import type { Connection, PrivateKey, Stream } from '@libp2p/interface'
import {
  BusyError,
  InvalidRequestError,
  ProtocolError,
  type Quote,
  type QuoteRequest,
  toP2paiError
} from '../../interface/index.ts'
import { FramedStream } from '../framed-stream.ts'
import { MAX_QUOTE_REQUEST_BYTES, QUOTE_TIMEOUT_MS } from './constants.ts'
import * as pb from './quote.pb.ts'
import { decodeQuoteRequest } from './quote-codec.ts'
import { sealQuote } from './sealed-quote.ts'

/** What the serving side needs. */
export interface QuoteServerInit {
  /** Computes a quote; never throws. */
  quote: (request: QuoteRequest, peerId: string) => Promise<Quote>
  key: PrivateKey
  /** Whether this peer may ask once more now. */
  mayAsk: (peerId: string) => boolean
}

/** The serving side of `/p2p-ai/quote/1.0`: one question a stream. Whoever asks too often is reset. */
export function quoteServer(init: QuoteServerInit): (stream: Stream, connection: Connection) => Promise<void> {
  return async (stream, connection) => {
    const asker = connection.remotePeer.toString()
    const framed = new FramedStream(stream, { maxFrameBytes: MAX_QUOTE_REQUEST_BYTES, stallMs: QUOTE_TIMEOUT_MS })
    const watchdog = framed.watchdog(QUOTE_TIMEOUT_MS, () => new ProtocolError('the question took too long'))
    try {
      if (!init.mayAsk(asker)) throw new BusyError('this peer asks for too many quotes')
      const frame = await framed.read()
      if (frame === undefined) throw new InvalidRequestError('the stream has no question')
      const { request, nonce } = decodeQuoteRequest(frame)
      const quote = await init.quote(request, asker)
      const envelope = await sealQuote(quote, { nonce, asker }, init.key)
      await framed.write(pb.QuoteFrame.encode({ envelope: new Uint8Array(envelope) }))
      await framed.close()
    } catch (error) {
      framed.fail(toP2paiError(error))
    } finally {
      watchdog.stop()
    }
  }
}
