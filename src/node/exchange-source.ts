import { setTimeout as sleep } from 'node:timers/promises'
import type { Libp2p } from 'libp2p'
import type { ProviderSource } from '../interface/index.ts'
import { drawPeers } from '../routing/index.ts'
import type { AdvertExchange } from './advert-exchange.ts'
import { SAMPLE_SIZE } from './network-scale.ts'

/** A node that does not hear all asks at once for who serves the model, and again while somebody waits: pauses between. */
const PAUSES_MS = [0, 700, 1_400]
const PEERS_ASKED = 3
/** A node that is still alone after this long has nobody to hear from. */
const ALONE_AFTER_MS = 2_000
const LOOK_AGAIN_MS = 50

/**
 * Waits for the first peer's adverts. A node that does not hear all goes on asking, for providers of what is wanted:
 * no news reaches it, and a sample of all need not hold one. After the last time the name is rather wrong than new.
 */
export function exchangeSource(libp2p: Libp2p, exchange: AdvertExchange): ProviderSource {
  return {
    name: 'exchange',
    async search(model, signal, task = 'chat') {
      if (!(await hasPeers(libp2p, signal))) return
      const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.race([exchange.synced, aborted])
      for (const pauseMs of PAUSES_MS) {
        if (exchange.hearsAll || signal.aborted) return
        await sleep(pauseMs, undefined, { signal })
        const peers = drawPeers(libp2p.getPeers().map(String), PEERS_ASKED, new Set(), Math.random)
        const wanted = { count: SAMPLE_SIZE, model, task }
        await Promise.all(peers.map(peer => exchange.ask(peer, wanted, signal)))
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
