import { setTimeout as sleep } from 'node:timers/promises'
import type { Libp2p } from 'libp2p'
import type { ProviderSource } from '../interface/index.ts'
import type { AdvertExchange } from './advert-exchange.ts'

/** A node that hears no gossip asks again this often while somebody waits. */
const ASK_AGAIN_MS = 700
const PEERS_ASKED = 3
/** After this many rounds the name is rather wrong than new. */
const MAX_ROUNDS = 3

/** Waits for the first peer's whole set of adverts. A node without gossip goes on asking, since no news reaches it. */
export function exchangeSource(libp2p: Libp2p, exchange: AdvertExchange, hearsNews: boolean): ProviderSource {
  return {
    name: 'exchange',
    async search(_, signal) {
      const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.race([exchange.synced, aborted])
      for (let round = 0; round < MAX_ROUNDS && !hearsNews && !signal.aborted; round++) {
        await sleep(ASK_AGAIN_MS, undefined, { signal })
        const peers = libp2p.getPeers().slice(0, PEERS_ASKED).map(String)
        await Promise.all(peers.map(peer => exchange.ask(peer, true, signal)))
      }
    }
  }
}
