import {
  peerOf,
  type RemoteEmbed,
  type RemoteGenerate,
  type RemoteQuote,
  type RemoteScore
} from '../interface/index.ts'
import { EMBED_PROTOCOL, embedClient } from '../protocols/embed/index.ts'
import { INFER_PROTOCOL, inferClient } from '../protocols/infer/index.ts'
import { QUOTE_PROTOCOL, quoteClient } from '../protocols/quote/index.ts'
import { SCORE_PROTOCOL, scoreClient } from '../protocols/score/index.ts'
import type { ProviderDirectory } from '../routing/index.ts'
import type { Books } from './books/index.ts'
import type { Dialer, StreamOptions } from './dial.ts'

/** The protocols as routing sees them: what can be asked of a peer. */
export interface Remotes {
  remote: RemoteGenerate
  remoteEmbed: RemoteEmbed
  quote: RemoteQuote
  remoteScore: RemoteScore
}

/** What the asking side needs. */
export interface AskingSideInit {
  selfId: string
  dialer: Dialer
  directory: Pick<ProviderDirectory, 'get'>
  books: Pick<Books, 'forAsker'>
}

/** Speaks the protocols over streams that the dialler opens. */
export function remotes({ selfId, dialer, directory, books }: AskingSideInit): Remotes {
  const to = (protocol: string) => async (peer: string, signal: AbortSignal, options?: StreamOptions) =>
    await dialer.openStream(peer, protocol, signal, options)
  const unnoted = quoteClient({ selfId, openStream: to(QUOTE_PROTOCOL) })
  const advertised = (peer: string) => {
    const advert = directory.get(peer)
    return advert && (advert.pricePerKiloToken ?? 0)
  }
  const asker = books.forAsker({ advertised, quote: unnoted })
  const quote: RemoteQuote = async (peer, request, signal) => {
    const quoted = await unnoted(peer, request, signal)
    asker.quoted(peerOf(peer), quoted)
    return quoted
  }
  const { whyLost } = dialer
  return {
    quote,
    remote: inferClient({ selfId, openStream: to(INFER_PROTOCOL), whyLost, books: asker }),
    remoteEmbed: embedClient({ openStream: to(EMBED_PROTOCOL), whyLost }),
    remoteScore: scoreClient({ openStream: to(SCORE_PROTOCOL), whyLost })
  }
}
