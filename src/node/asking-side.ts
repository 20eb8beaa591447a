import type { RemoteEmbed, RemoteGenerate, RemoteQuote, RemoteScore } from '../interface/index.ts'
import { EMBED_PROTOCOL, embedClient } from '../protocols/embed/index.ts'
import { type AskerBooks, INFER_PROTOCOL, inferClient } from '../protocols/infer/index.ts'
import { QUOTE_PROTOCOL, quoteClient } from '../protocols/quote/index.ts'
import { SCORE_PROTOCOL, scoreClient } from '../protocols/score/index.ts'
import type { Dialer } from './dial.ts'

/** The protocols as routing sees them: what can be asked of a peer. */
export interface Remotes {
  remote: RemoteGenerate
  remoteEmbed: RemoteEmbed
  quote: RemoteQuote
  remoteScore: RemoteScore
}

/** Speaks the protocols over streams that the dialler opens. */
export function remotes(selfId: string, dialer: Dialer, books: AskerBooks): Remotes {
  const to = (protocol: string) => async (peer: string, signal: AbortSignal) =>
    await dialer.openStream(peer, protocol, signal)
  const { whyLost } = dialer
  return {
    remote: inferClient({ selfId, openStream: to(INFER_PROTOCOL), whyLost, books }),
    remoteEmbed: embedClient({ openStream: to(EMBED_PROTOCOL), whyLost }),
    quote: quoteClient({ selfId, openStream: to(QUOTE_PROTOCOL) }),
    remoteScore: scoreClient({ openStream: to(SCORE_PROTOCOL), whyLost })
  }
}
