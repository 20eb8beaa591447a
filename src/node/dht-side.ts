import type { Libp2p } from 'libp2p'
import type { Advert, InferenceEngine, ProviderSource } from '../interface/index.ts'
import {
  DhtProvider,
  dayOf,
  dhtSource,
  keysOfModels,
  providerKeys,
  servableKeys,
  shardPlace
} from '../routing/index.ts'
import { hasPeers } from './exchange-source.ts'
import { SCALE } from './network-scale.ts'

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
  /** Adverts known now. */
  adverts: () => readonly Advert[]
  /** Providers of the whole network, as far as that can be told. */
  providers: () => number
  /** Above so many the providers of a key are parted into shards. @default 300 */
  shardedAbove?: number
}

/** Records of this node's models in the DHT, and the search for those of others. */
export function createDhtSide(init: DhtSideInit): DhtSide {
  const { libp2p, local, meet, onError, shardedAbove = SCALE.largeAbove } = init
  const selfId = libp2p.peerId.toString()
  const provider = new DhtProvider({
    contentRouting: libp2p.contentRouting,
    keys: async () => {
      if (libp2p.getPeers().length === 0) return []
      const place = await shardPlace(selfId, dayOf(Date.now()))
      const count = providersOfKeys(init)
      // This node is one of them.
      return servableKeys(await local.models()).flatMap(key => providerKeys(key, count(key) + 1, place, shardedAbove))
    },
    onError
  })
  const source = dhtSource({
    contentRouting: libp2p.contentRouting,
    selfId,
    providers: key => providersOfKeys(init)(key),
    shardedAbove,
    meet: async (peerId, _, signal) => await meet(peerId, signal)
  })
  return {
    source: {
      name: source.name,
      search: async (model, signal, task) => {
        // Without any peer a search would wait for one until the end.
        if (await hasPeers(libp2p, signal)) await source.search(model, signal, task)
      }
    },
    changed: () => provider.changed(),
    stop: async () => await provider.stop()
  }
}

/** How many providers of the network stand under a key: of those known, as many more as the network is larger. */
function providersOfKeys({ adverts, providers }: DhtSideInit): (key: string) => number {
  const counts = new Map<string, number>()
  const known = adverts()
  for (const key of known.flatMap(({ models }) => keysOfModels(models))) counts.set(key, (counts.get(key) ?? 0) + 1)
  const scale = Math.max(1, providers() / Math.max(1, known.length))
  return key => Math.round(scale * (counts.get(key) ?? 0))
}
