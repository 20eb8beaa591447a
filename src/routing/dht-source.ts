import type { ContentRouting } from '@libp2p/interface'
import type { ProviderSource } from '../interface/index.ts'
import { keyOfWanted, keyToCid } from './model-keys.ts'

/** Providers that one search talks to; the directory ranks them, the DHT does not. */
const MAX_FOUND = 32

/** What the source needs. */
export interface DhtSourceInit {
  contentRouting: Pick<ContentRouting, 'findProviders'>
  /** Dials a peer found and takes its advert; false when that failed. */
  meet: (peerId: string, addresses: string[], signal: AbortSignal) => Promise<boolean>
  selfId: string
}

/** Finds providers by the records that they keep in the DHT. A record is a hint: the peer itself is asked. */
export function dhtSource({ contentRouting, meet, selfId }: DhtSourceInit): ProviderSource {
  return {
    name: 'dht',
    async search(model, signal, task) {
      const meetings = new Map<string, Promise<boolean>>()
      const cid = await keyToCid(keyOfWanted(model, task))
      for await (const provider of contentRouting.findProviders(cid, { signal })) {
        const peerId = provider.id.toString()
        if (peerId === selfId || meetings.has(peerId)) continue
        meetings.set(peerId, meet(peerId, provider.multiaddrs.map(String), signal))
        if (meetings.size >= MAX_FOUND) break
      }
      await Promise.all(meetings.values())
    }
  }
}
