import type { Libp2p } from 'libp2p'
import type { DiscoveryReport } from '../interface/index.ts'
import { peerOf } from '../interface/index.ts'
import { ADVERT_TOPIC } from '../protocols/capabilities/index.ts'
import type { ClockWatch } from './clock-watch.ts'
import type { Assembly } from './create-libp2p.ts'
import type { NodeOptions } from './options.ts'

/** What the report is made from. */
export interface DiscoveryReportInit {
  options: NodeOptions
  assembly: Assembly
  savedPeers: readonly string[]
  providers: number
  clock: ClockWatch
}

/** Each way on which peers are found, and what has come of it: see `NodeControl.discovery`. */
export function discoveryReport({
  options,
  assembly,
  savedPeers,
  providers,
  clock
}: DiscoveryReportInit): DiscoveryReport {
  const { libp2p, gossip, heardByMdns } = assembly
  const connected = new Set(libp2p.getPeers().map(String))
  const isConnected = (address: string): boolean => connected.has(peerOf(address))
  const { offsetMs } = clock
  return {
    connections: connected.size,
    providers,
    mdns: { enabled: heardByMdns !== undefined, peers: heardByMdns?.size ?? 0 },
    bootstrap: (options.bootstrap ?? []).map(address => ({ address, connected: isConnected(address) })),
    saved: { peers: savedPeers.length, connected: savedPeers.filter(isConnected).length },
    dht: { enabled: options.dht !== false, peers: routingTableSize(libp2p) },
    gossip: { enabled: gossip !== undefined, peers: gossip?.getSubscribers(ADVERT_TOPIC).length ?? 0 },
    ...(offsetMs === undefined ? {} : { clockOffsetMs: offsetMs })
  }
}

/** The DHT shows its table to nobody in its types. */
function routingTableSize(libp2p: Libp2p): number {
  const { dht } = libp2p.services as { dht?: { routingTable?: { size?: number } } }
  return dht?.routingTable?.size ?? 0
}
