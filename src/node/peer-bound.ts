import { peerIdFromCID, peerIdFromString } from '@libp2p/peer-id'
import type { Datastore, Key } from 'interface-datastore'
import type { Libp2p } from 'libp2p'
import { base32 } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'
import { PEERS } from './bounded-records.ts'

/** Peers that libp2p remembers: some 20 MB where each has told what nodes usually tell. */
const MAX_PEERS = 20_000

/** What `boundPeers` needs. */
export interface PeerBoundInit {
  libp2p: Pick<Libp2p, 'peerId' | 'addEventListener' | 'getConnections' | 'peerStore'>
  /** Where libp2p keeps its peers. */
  datastore: Datastore
  onError: (error: unknown) => void
  /** @default 20000 */
  maxPeers?: number
}

/**
 * Keeps strangers from filling memory, or the disk, with peers: libp2p forgets one after three days, and whoever makes
 * up ids can connect with five new ones a second, or name thousands in an answer of the DHT. The one of which nothing
 * new was heard for longest goes first; last go those with a tag, as peers in the table of the DHT and relays have, and
 * whoever is connected stays. Resolves when what an earlier run left is counted.
 */
export async function boundPeers({ libp2p, datastore, onError, maxPeers = MAX_PEERS }: PeerBoundInit): Promise<void> {
  // Ids as text: an object of libp2p would hold the message that it was cut from.
  const known = new Map<string, { isTagged: boolean }>()

  const oldest = (mayBeTagged: boolean): string | undefined => {
    for (const [id, { isTagged }] of known) {
      if ((mayBeTagged || !isTagged) && libp2p.getConnections(peerIdFromString(id)).length === 0) return id
    }
    return undefined
  }
  const forgetOne = async () => {
    const id = oldest(false) ?? oldest(true)
    if (id === undefined) return
    known.delete(id)
    await libp2p.peerStore.delete(peerIdFromString(id)).catch(onError)
  }
  const saw = async (id: string, isTagged: boolean) => {
    if (id === libp2p.peerId.toString()) return
    known.delete(id)
    known.set(id, { isTagged })
    if (known.size > maxPeers) await forgetOne()
  }

  libp2p.addEventListener('peer:update', ({ detail: { peer } }) => void saw(peer.id.toString(), peer.tags.size > 0))
  try {
    for await (const key of datastore.queryKeys({ prefix: PEERS })) {
      const id = idOf(key)
      if (id !== undefined) await saw(id, false)
    }
  } catch (error) {
    onError(error)
  }
}

/** Undefined for a key that libp2p would not find either. */
function idOf(key: Key): string | undefined {
  try {
    return peerIdFromCID(CID.parse(key.toString().slice(PEERS.length), base32)).toString()
  } catch {
    return undefined
  }
}
