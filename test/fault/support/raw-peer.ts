import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { Connection, PrivateKey, Stream } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import type { P2paiNode } from '../../../src/index.ts'
import { swiftYamux } from '../../../src/node/muxer.ts'

export const LOOPBACK = '/ip4/127.0.0.1/tcp/0'

/** A libp2p node without any manners of ours: what a stranger would write. */
export type RawPeer = Libp2p & AsyncDisposable

/** Starts one. It listens on loopback unless told not to. `isOurs`: with our way to use streams. */
export async function rawPeer(
  listen: string[] = [LOOPBACK],
  privateKey?: PrivateKey,
  { isOurs = false } = {}
): Promise<RawPeer> {
  const muxer = isOurs ? swiftYamux : yamux
  const libp2p = await createLibp2p({
    ...(privateKey && { privateKey }),
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      muxer({
        maxEarlyStreams: 512,
        maxInboundStreams: 2_048,
        maxOutboundStreams: 2_048,
        // As in a node of ours.
        streamOptions: { maxStreamWindowSize: 1 << 20 }
      })
    ],
    connectionManager: { inboundConnectionThreshold: 1_000, reconnectRetries: 0 },
    connectionMonitor: { enabled: false },
    services: { identify: identify(), ping: ping() }
  })
  return Object.assign(libp2p, { [Symbol.asyncDispose]: async () => await libp2p.stop() })
}

/** What can be dialled. */
export type Dialled = Pick<Libp2p, 'getMultiaddrs'> | Pick<P2paiNode, 'status'>

/** Dials one by its address. */
export async function connect(from: Libp2p, to: Dialled): Promise<Connection> {
  return await from.dial(multiaddr(addressOf(to)))
}

/** An address that ends in the peer id. */
export function addressOf(peer: Dialled): string {
  const [first] = 'status' in peer && !('getMultiaddrs' in peer) ? peer.status().addresses : addressesOf(peer)
  if (first === undefined) throw new Error('the peer listens nowhere')
  return first
}

function addressesOf(peer: Dialled): string[] {
  return 'getMultiaddrs' in peer ? peer.getMultiaddrs().map(String) : []
}

/** A stream that protests against no limit of its own side. */
export async function openRaw(connection: Connection, protocol: string): Promise<Stream> {
  return await connection.newStream(protocol, { maxOutboundStreams: 2_048, negotiateFully: false })
}
