import type { PeerInfo } from '@libp2p/interface'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import * as Digest from 'multiformats/hashes/digest'

/**
 * A peer whose id has its memory to itself. The table of the DHT keeps up to 1,280 peers that may be long gone; as they
 * come, the 36 bytes of an id are cut from a pool and hold all of its 64 KiB.
 */
export function inOwnMemory<Peer extends PeerInfo>(peer: Peer): Peer {
  const bytes = new Uint8Array(peer.id.toMultihash().bytes)
  return { ...peer, id: peerIdFromMultihash(Digest.decode(bytes)) }
}
