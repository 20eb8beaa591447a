import type { ContentRouting } from '@libp2p/interface'
import type { ProviderSource } from '../interface/index.ts'
import { keyOfWanted, keyToCid } from './model-keys.ts'
import { belongsToShard, dayOf, type ReadKey, readerKeys } from './shards.ts'
import { Spread } from './spread.ts'

/** Providers that one search talks to; the directory ranks them, the DHT does not. */
const MAX_FOUND = 32
/** And of each of three keys, where a model has so many providers that they are parted. */
const MAX_FOUND_PER_SHARD = 16

/** What the source needs. */
export interface DhtSourceInit {
  contentRouting: Pick<ContentRouting, 'findProviders'>
  /** Dials a peer found and takes its advert; false when that failed. */
  meet: (peerId: string, addresses: string[], signal: AbortSignal) => Promise<boolean>
  selfId: string
  /** Providers under this key in the whole network, as far as that can be told. @default 0 */
  providers?: (key: string) => number
  /** Above so many the providers of a key are parted. @default 300 */
  shardedAbove?: number
  /** Uniform in [0, 1). @default Math.random */
  random?: () => number
}

/** Finds providers by the records that they keep in the DHT. A record is a hint: the peer itself is asked. */
export function dhtSource(init: DhtSourceInit): ProviderSource {
  const { contentRouting, meet, selfId, providers = () => 0, shardedAbove, random = Math.random } = init
  return {
    name: 'dht',
    async search(model, signal, task) {
      const meetings = new Map<string, Promise<boolean>>()
      const wanted = keyOfWanted(model, task)
      const keys = readerKeys(wanted, providers(wanted), random, shardedAbove)
      const isParted = keys.length > 1
      const read = async ({ key, bits, shard }: ReadKey) => {
        const spread = isParted ? new Spread(MAX_FOUND_PER_SHARD) : undefined
        let found = 0
        for await (const { id, multiaddrs } of contentRouting.findProviders(await keyToCid(key), { signal })) {
          const peerId = id.toString()
          if (peerId === selfId || meetings.has(peerId)) continue
          // Who may stand under any key it likes would stand under all.
          if (bits > 0 && !(await belongsToShard(peerId, bits, shard, dayOf(Date.now())))) continue
          const addresses = multiaddrs.map(String)
          if (spread?.takes(addresses) === false) continue
          meetings.set(peerId, meet(peerId, addresses, signal))
          if (++found >= (isParted ? MAX_FOUND_PER_SHARD : MAX_FOUND)) break
        }
      }
      await Promise.all(keys.map(read))
      await Promise.all(meetings.values())
    }
  }
}
