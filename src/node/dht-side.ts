import type { Libp2p } from 'libp2p'
import type { InferenceEngine, ProviderSource } from '../interface/index.ts'
import { DhtProvider, dhtSource, servableKeys } from '../routing/index.ts'
import { hasPeers } from './exchange-source.ts'

/** What the DHT is used for. */
export interface DhtSide {
  source: ProviderSource
  /** Models or peers have changed. */
  changed(): void
  stop(): Promise<void>
}

/** What it needs. */
export interface DhtSideInit {
  libp2p: Libp2p
  local: InferenceEngine
  /** Takes the advert of a peer that was found. */
  meet: (peerId: string, signal: AbortSignal) => Promise<boolean>
  onError: (error: unknown) => void
}

/** Records of this node's models in the DHT, and the search for those of others. */
export function createDhtSide({ libp2p, local, meet, onError }: DhtSideInit): DhtSide {
  const provider = new DhtProvider({
    contentRouting: libp2p.contentRouting,
    keys: async () => (libp2p.getPeers().length === 0 ? [] : servableKeys(await local.models())),
    onError
  })
  const source = dhtSource({
    contentRouting: libp2p.contentRouting,
    selfId: libp2p.peerId.toString(),
    meet: async (peerId, _, signal) => await meet(peerId, signal)
  })
  return {
    source: {
      name: source.name,
      search: async (model, signal) => {
        // Without any peer a search would wait for one until the end.
        if (await hasPeers(libp2p, signal)) await source.search(model, signal)
      }
    },
    changed: () => provider.changed(),
    stop: async () => await provider.stop()
  }
}
