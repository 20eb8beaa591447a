import { noise } from '@chainsafe/libp2p-noise'
import { identify, identifyPush } from '@libp2p/identify'
import type { PrivateKey } from '@libp2p/interface'
import { kadDHT } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Datastore } from 'interface-datastore'
import type { Libp2pOptions } from 'libp2p'
import { reach } from './addresses.ts'
import type { DialGate } from './dial-gate.ts'
import { swiftYamux } from './muxer.ts'
import type { NodeOptions } from './options.ts'
import { inOwnMemory } from './own-memory.ts'
import type { Profile } from './profiles.ts'
import { isRelayed, RelayPlaces, relayTransport } from './relay-side.ts'

/** The DHT of p2pai alone: strangers' records never mix with ours. */
const DHT_PROTOCOL = '/p2p-ai/kad/1.0.0'
/**
 * Streams of one connection. As many may come early, before their protocol is settled: with less room, an asker that
 * opens many right after the dial loses the connection with all of them.
 */
const MAX_INBOUND_STREAMS = 256
/** Most that a peer may send ahead on one stream while nobody reads. The muxer's own default is 16 MiB. */
const MAX_WINDOW_BYTES = 1 << 20
/** Connections from one address per second. Users behind one NAT share it; 5 would be too few. */
const INBOUND_PER_SECOND = 20
const UPGRADE_TIMEOUT_MS = 5_000
/** The monitor of connections and a user ping the same peer at once; the default of one stream out lets one of them fail. */
const PING_STREAMS = 8
const HOUR_MS = 3_600_000

/** What the options are made from. */
export interface Libp2pOptionsInit {
  options: NodeOptions
  profile: Profile
  listen: string[]
  privateKey: PrivateKey
  datastore: Datastore
  version: string
  /** Services that load lazily: gossip and mDNS. */
  services: NonNullable<Libp2pOptions['services']>
  peerDiscovery: NonNullable<Libp2pOptions['peerDiscovery']>
  gate: DialGate
}

/**
 * libp2p set up for p2pai. Every number that differs from libp2p's own default has its reason in `libp2p.md`
 * (defaults to change) or in `security.md` section 3; `docs/ARCHITECTURE.md` lists them.
 */
export function libp2pOptions(init: Libp2pOptionsInit): Libp2pOptions {
  const { profile, options, gate } = init
  const relays = init.listen.filter(isRelayed)
  return {
    privateKey: init.privateKey,
    datastore: init.datastore,
    nodeInfo: { name: 'p2pai', version: init.version, userAgent: `p2pai/${init.version}` },
    addresses: { listen: init.listen.filter(address => !isRelayed(address)) },
    transports: [
      tcp({ maxConnections: 2 * profile.maxConnections, backlog: 128 }),
      webSockets(),
      relayTransport(relays.length > 0)
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [
      swiftYamux({
        maxInboundStreams: MAX_INBOUND_STREAMS,
        maxEarlyStreams: MAX_INBOUND_STREAMS,
        streamOptions: { maxStreamWindowSize: MAX_WINDOW_BYTES }
      })
    ],
    connectionManager: {
      maxConnections: profile.maxConnections,
      inboundConnectionThreshold: INBOUND_PER_SECOND,
      // More than one address can keep waiting: its connections a second, for as long as an upgrade may take.
      maxIncomingPendingConnections: 2 * INBOUND_PER_SECOND * (UPGRADE_TIMEOUT_MS / 1_000),
      inboundUpgradeTimeout: UPGRADE_TIMEOUT_MS,
      dialTimeout: 15_000,
      addressDialTimeout: 5_000,
      addressSorter: directFirst,
      // Its queue can lock up; the supervisor reconnects.
      reconnectRetries: 0
    },
    connectionGater: { denyDialMultiaddr: gate.denyDialMultiaddr },
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
      ping: ping({ maxInboundStreams: PING_STREAMS, maxOutboundStreams: PING_STREAMS }),
      ...(options.dht === false ? {} : { dht: dht(profile) }),
      ...(relays.length > 0 && {
        relayPlaces: (components: object) =>
          new RelayPlaces(components as ConstructorParameters<typeof RelayPlaces>[0], relays, gate)
      }),
      ...init.services
    },
    ...options.libp2p
  }
}

/** Of the ways to a peer a relay is the last; libp2p would try one with a public address before a direct private one. */
function directFirst(a: { multiaddr: Multiaddr }, b: { multiaddr: Multiaddr }): -1 | 0 | 1 {
  const [left, right] = [a.multiaddr.toString(), b.multiaddr.toString()]
  const order = Number(isRelayed(left)) - Number(isRelayed(right)) || reach(left) - reach(right)
  return Math.sign(order) as -1 | 0 | 1
}

function dht(profile: Profile): (components: object) => unknown {
  const service = kadDHT({
    protocol: DHT_PROTOCOL,
    clientMode: !profile.dhtServer,
    // The default drops private addresses, which leaves the table of a LAN empty.
    peerInfoMapper: inOwnMemory,
    alpha: 5,
    disjointPaths: 3,
    initialQuerySelfInterval: 200,
    allowQueryWithZeroPeers: true,
    networkDialTimeout: { minTimeout: 2_000, maxTimeout: 10_000 }
  })
  // It needs the ping service, which stands in the same map; the map's type cannot say so.
  return components => service(components as Parameters<typeof service>[0])
}
