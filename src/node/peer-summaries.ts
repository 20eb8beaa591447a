import type { Libp2p } from 'libp2p'
import type { PeerRank, PeerSummary } from '../interface/index.ts'
import type { ProviderDirectory, Suspects } from '../routing/index.ts'

/** What the summaries are made from. */
export interface PeerSummariesInit {
  libp2p: Libp2p
  directory: ProviderDirectory
  suspects: Suspects
  agents: ReadonlyMap<string, string>
  rankOf: (peerId: string) => PeerRank
}

/** Connected peers and known providers, each once, providers first. */
export function peerSummaries({ libp2p, directory, suspects, agents, rankOf }: PeerSummariesInit): PeerSummary[] {
  const connections = new Map(libp2p.getConnections().map(connection => [connection.remotePeer.toString(), connection]))
  const adverts = new Map(directory.all().map(advert => [advert.peerId, advert]))
  const peers = [...new Set([...adverts.keys(), ...connections.keys()])]
  return peers.map(peerId => {
    const connection = connections.get(peerId)
    const advert = adverts.get(peerId)
    const pauseMs = suspects.pauseMs(peerId)
    return {
      peerId,
      label: advert?.label ?? '',
      connected: connection !== undefined,
      addresses: connection === undefined ? (advert?.addresses ?? []) : [connection.remoteAddr.toString()],
      ...(connection?.rtt === undefined ? {} : { rttMs: connection.rtt }),
      agent: agents.get(peerId) ?? '',
      ...(advert === undefined ? {} : { advert }),
      ...(pauseMs > 0 ? { suspectUntilMs: Date.now() + pauseMs } : {}),
      ...(advert !== undefined || pauseMs > 0 ? { rank: rankOf(peerId) } : {})
    }
  })
}

/** The round trip of the last ping to a peer; undefined before the first, and without a connection. */
export function rttOf(libp2p: Libp2p, peerId: string): number | undefined {
  return libp2p.getConnections().find(({ remotePeer }) => remotePeer.toString() === peerId)?.rtt
}
