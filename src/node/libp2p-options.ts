import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify, identifyPush } from '@libp2p/identify'
import type { PrivateKey } from '@libp2p/interface'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import type { Datastore } from 'interface-datastore'
import type { Libp2pOptions } from 'libp2p'
import type { NodeOptions } from './options.ts'
import type { Profile } from './profiles.ts'

/** The DHT of p2pai alone: strangers' records never mix with ours. */
const DHT_PROTOCOL = '/p2p-ai/kad/1.0.0'
/** More than 10 streams right after a dial would end the connection; askers open that many. */
const MAX_EARLY_STREAMS = 64
/** Connections from one address per second. Users behind one NAT share it; 5 would be too few. */
const INBOUND_PER_SECOND = 20
const HOUR_MS = 3_600_000

/** What the options are made from. */
export interface Libp2pOptionsInit {
  options: NodeOptions
  profile: Profile
  listen: string[]
  privateKey: PrivateKey
  datastore: Datastore | undefined
  version: string
  /** Services that load lazily: gossip and mDNS. */
  services: NonNullable<Libp2pOptions['services']>
  peerDiscovery: NonNullable<Libp2pOptions['peerDiscovery']>
}

/**
 * libp2p set up for p2pai. Every number that differs from libp2p's own default has its reason in `libp2p.md`
 * (defaults to change) or in `security.md` section 3; `docs/ARCHITECTURE.md` lists them.
 */
export function libp2pOptions(init: Libp2pOptionsInit): Libp2pOptions {
  const { profile, options } = init
  return {
    privateKey: init.privateKey,
    ...(init.datastore === undefined ? {} : { datastore: init.datastore }),
    nodeInfo: { name: 'p2pai', version: init.version, userAgent: `p2pai/${init.version}` },
    addresses: { listen: init.listen },
    transports: [tcp({ maxConnections: 2 * profile.maxConnections, backlog: 128 }), webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ maxInboundStreams: 512, maxEarlyStreams: MAX_EARLY_STREAMS })],
    connectionManager: {
      maxConnections: profile.maxConnections,
      inboundConnectionThreshold: INBOUND_PER_SECOND,
      maxIncomingPendingConnections: 64,
      inboundUpgradeTimeout: 5_000,
      dialTimeout: 15_000,
      addressDialTimeout: 5_000,
      // Its queue can lock up; the supervisor reconnects.
      reconnectRetries: 0
    },
    // A missed ping on a busy machine would cut answers under way; silence is judged on each stream instead.
    connectionMonitor: {
      enabled: profile.listens,
      pingInterval: 20_000,
      pingTimeout: { minTimeout: 20_000 },
      abortConnectionOnPingFailure: false
    },
    // A DHT server forgets a provider whose address is older than this.
    peerStore: { maxAddressAge: 48 * HOUR_MS, maxPeerAge: 72 * HOUR_MS },
    peerDiscovery: init.peerDiscovery,
    services: {
      identify: identify(),
      identifyPush: identifyPush(),
      ping: ping(),
      ...(options.dht === false ? {} : { dht: dht(profile) }),
      ...init.services
    },
    ...options.libp2p
  }
}

function dht(profile: Profile): (components: object) => unknown {
  const service = kadDHT({
    protocol: DHT_PROTOCOL,
    clientMode: !profile.dhtServer,
    // The default drops private addresses, which leaves the table of a LAN empty.
    peerInfoMapper: passthroughMapper,
    alpha: 5,
    disjointPaths: 3,
    initialQuerySelfInterval: 200,
    allowQueryWithZeroPeers: true,
    networkDialTimeout: { minTimeout: 2_000, maxTimeout: 10_000 }
  })
  // It needs the ping service, which stands in the same map; the map's type cannot say so.
  return components => service(components as Parameters<typeof service>[0])
}
