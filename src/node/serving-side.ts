import type { PrivateKey } from '@libp2p/interface'
import type { Libp2p } from 'libp2p'
import type { InferenceEngine } from '../interface/index.ts'
import { EMBED_PROTOCOL, embedServer } from '../protocols/embed/index.ts'
import { INFER_PROTOCOL, inferServer } from '../protocols/infer/index.ts'
import { QUOTE_PROTOCOL, quoteServer } from '../protocols/quote/index.ts'
import { SCORE_PROTOCOL, scoreServer } from '../protocols/score/index.ts'
import type { ServeInit } from '../protocols/serving.ts'
import type { Books } from './books/index.ts'
import { RateLimiter } from './rate.ts'
import type { Admit } from './requesters.ts'
import { QUOTE_BURST, QUOTE_REFILL_MS, Terms } from './terms.ts'

/** Streams of one connection that reach the handler; above the handler's own limit, so that it can say `busy`. */
const MAX_INBOUND_STREAMS = 64

/** What answering peers needs. */
export interface ServingSideInit {
  libp2p: Libp2p
  key: PrivateKey
  /** The engines of this machine, with the requests on them counted. */
  served: InferenceEngine
  admit: Admit
  /** What is given is written down there. */
  books: Pick<Books, 'forProvider' | 'promises'>
  /** A request is over: `ok` or the code of the error. Never sees content. */
  onEnd: ServeInit['onEnd']
}

/** Answers the protocols. To be called before libp2p starts, so that no early stream is refused. */
export async function servePeers(init: ServingSideInit): Promise<void> {
  const { libp2p, key, served, admit, books, onEnd } = init
  const { pricePerKiloToken } = books.forProvider
  const onPromise = books.promises.note.bind(books.promises)
  const limiter = new RateLimiter(QUOTE_BURST, QUOTE_REFILL_MS)
  const mayAsk = (peerId: string) => limiter.take(peerId)
  const terms = new Terms({ engine: served, key, pricePerKiloToken, admit, maySign: mayAsk, onPromise })
  const serving: ServeInit = { engine: served, admit, ...(onEnd && { onEnd }) }
  const handlers = [
    [INFER_PROTOCOL, inferServer({ ...serving, declines: terms.declines.bind(terms), books: books.forProvider })],
    [EMBED_PROTOCOL, embedServer(serving)],
    [SCORE_PROTOCOL, scoreServer(serving)],
    [QUOTE_PROTOCOL, quoteServer({ key, quote: terms.quote.bind(terms), mayAsk })]
  ] as const
  const limits = {
    maxInboundStreams: MAX_INBOUND_STREAMS,
    maxOutboundStreams: MAX_INBOUND_STREAMS,
    runOnLimitedConnection: true
  }
  for (const [protocol, handler] of handlers) await libp2p.handle(protocol, handler, limits)
}
