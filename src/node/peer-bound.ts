import type { PeerId } from '@libp2p/interface'
import { peerIdFromCID } from '@libp2p/peer-id'
import type { Datastore } from 'interface-datastore'
import type { Libp2p } from 'libp2p'
import { base32 } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'

/** Peers that libp2p remembers: about 1 KiB each, in memory without a home. */
const MAX_PEERS = 5_000
const PEERS = '/peers/'

/** What `boundPeers` needs. */
export interface PeerBoundInit {
  libp2p: Pick<Libp2p, 'peerId' | 'addEventListener' | 'getConnections' | 'peerStore'>
  datastore: Datastore
  onError: (error: unknown) => void
  /** @default 5000 */
  maxPeers?: number
}

/**
 * Keeps strangers from filling memory, or the disk, with peers: libp2p forgets one after three days, and whoever makes
 * up ids can connect with five new ones a second. The one of which nothing new was heard for longest goes first, unless
 * it is connected. Resolves when what an earlier run left is counted.
 */
export async function boundPeers({ libp2p, datastore, onError, maxPeers = MAX_PEERS }: PeerBoundInit): Promise<void> {
  const known = new Map<string, PeerId>()
  const forgetOne = () => {
    let looks = known.size
    for (const [id, peerId] of known) {
      if (looks-- === 0) return
      known.delete(id)
      if (libp2p.getConnections(peerId).length === 0) {
        libp2p.peerStore.delete(peerId).catch(onError)
        return
      }
      known.set(id, peerId)
    }
  }
  const saw = (peerId: PeerId) => {
    if (peerId.equals(libp2p.peerId)) return
    const id = peerId.toString()
    known.delete(id)
    known.set(id, peerId)
    if (known.size > maxPeers) forgetOne()
  }
  libp2p.addEventListener('peer:update', event => saw(event.detail.peer.id))
  try {
    for await (const key of datastore.queryKeys({ prefix: PEERS })) {
      saw(peerIdFromCID(CID.parse(key.toString().slice(PEERS.length), base32)))
    }
  } catch (error) {
    onError(error)
  }
}
