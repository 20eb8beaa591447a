import { setTimeout as sleep } from 'node:timers/promises'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import { type GossipMesh, gossipService, publishToMesh } from '../../src/node/gossip.ts'
import { ADVERT_TOPIC } from '../../src/protocols/capabilities/constants.ts'
import { type AdvertContent, AdvertPublisher } from '../../src/protocols/capabilities/publisher.ts'

/** Generated codecs run only as they are built. */
const built = new URL('../../dist/protocols/capabilities/index.js', import.meta.url)
const { sealAdvert } = (await import(built.href)) as typeof import('../../src/protocols/capabilities/index.ts')

const DIAL_TRIES = 10

/**
 * Makes the adverts of one more provider: real key, real publisher at the real cadence, real gossip. It hears none
 * and answers nobody, since hundreds of whole nodes would check more signatures than one process can.
 */
export async function lightProvider(
  index: number,
  others: readonly string[],
  content: Omit<AdvertContent, 'peerId' | 'addresses'>,
  providers: () => number
): Promise<{ stop(): Promise<void> }> {
  const privateKey = await generateKeyPair('Ed25519')
  const libp2p = await createLibp2p({
    privateKey,
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    connectionManager: { reconnectRetries: 0 },
    services: { identify: identify(), pubsub: gossipService(ADVERT_TOPIC) as () => GossipMesh }
  })
  let sequence = 0
  const publisher = new AdvertPublisher({
    content: async () => ({
      ...content,
      peerId: peerIdFromPrivateKey(privateKey).toString(),
      // A network each, of the range for benchmarks: nobody dials a provider without a slot.
      addresses: [`/ip4/198.18.${index % 256}.${index >> 8}/tcp/4001`, `/ip4/198.19.${index % 256}.1/tcp/4001`]
    }),
    seal: async advert => await sealAdvert(advert, privateKey),
    publish: async envelope => await publishToMesh(libp2p.services.pubsub, ADVERT_TOPIC, envelope),
    providers,
    sequence: {
      last: () => sequence,
      keep: kept => {
        sequence = kept
      }
    },
    onError: error => console.error('an advert was not published', error)
  })
  for (const address of others) await dialPatiently(libp2p, address)
  // All at once would be a burst that no network has.
  setTimeout(() => void publisher.announce(), Math.random() * 20_000).unref()
  return {
    stop: async () => {
      await publisher.stop()
      await libp2p.stop()
    }
  }
}

/** Hundreds of handshakes in one process take their time, and a node takes 20 a second from one address. */
async function dialPatiently(libp2p: Libp2p, address: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await libp2p.dial(multiaddr(address))
      return
    } catch (error) {
      if (tries === DIAL_TRIES) throw error
      await sleep(1_000)
    }
  }
}
