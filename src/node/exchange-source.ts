import { setTimeout as sleep } from 'node:timers/promises'
import type { Libp2p } from 'libp2p'
import type { ProviderSource } from '../interface/index.ts'
import type { AdvertExchange } from './advert-exchange.ts'

/** A node that hears no gossip asks again this often while somebody waits. */
const ASK_AGAIN_MS = 700
const PEERS_ASKED = 3
/** After this many rounds the name is rather wrong than new. */
const MAX_ROUNDS = 3
/** A node that is still alone after this long has nobody to hear from. */
const ALONE_AFTER_MS = 2_000
const LOOK_AGAIN_MS = 50

/** Waits for the first peer's whole set of adverts. A node without gossip goes on asking, since no news reaches it. */
export function exchangeSource(libp2p: Libp2p, exchange: AdvertExchange, hearsNews: boolean): ProviderSource {
  return {
    name: 'exchange',
    async search(_, signal) {
      if (!(await hasPeers(libp2p, signal))) return
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

/** Whether anybody is connected, or will be shortly. */
export async function hasPeers(libp2p: Pick<Libp2p, 'getPeers'>, signal: AbortSignal): Promise<boolean> {
  const untilMs = performance.now() + ALONE_AFTER_MS
  while (libp2p.getPeers().length === 0) {
    if (signal.aborted || performance.now() >= untilMs) return false
    await new Promise(resolve => setTimeout(resolve, LOOK_AGAIN_MS))
  }
  return true
}
