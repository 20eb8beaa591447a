import type { PeerId } from '@libp2p/interface'
import type { Libp2p } from 'libp2p'

/** libp2p's service for round trips. */
export interface PingService {
  /** Milliseconds of one round trip. Throws when there is no reply. */
  ping(peer: PeerId, options: { signal: AbortSignal }): Promise<number>
}

/** The service; nothing for a node that was made without. */
export function pingServiceOf(libp2p: Pick<Libp2p, 'services'>): PingService | undefined {
  return (libp2p.services as { ping?: PingService }).ping
}
