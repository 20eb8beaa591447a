import type { Connection } from '@libp2p/interface'
import type { Libp2p } from 'libp2p'
import {
  InvalidRequestError,
  isPeerId,
  NoProviderError,
  type PeerSummary,
  type PingResult,
  ProviderSilentError,
  ProviderUnreachableError,
  timeLimit,
  UnsupportedFeatureError
} from '../interface/index.ts'
import type { Dialer } from './dial.ts'
import { pingServiceOf } from './ping-service.ts'

/** A reply that takes longer is lost. */
const REPLY_TIMEOUT_MS = 5_000
const DIAL_TIMEOUT_MS = 10_000

/** What pinging needs. */
export interface PingInit {
  libp2p: Libp2p
  dialer: Dialer
  peers: () => PeerSummary[]
}

/** One round trip to a peer: see `NodeControl.ping`. */
export async function pingPeer(peer: string, { libp2p, dialer, peers }: PingInit): Promise<PingResult> {
  const service = pingServiceOf(libp2p)
  if (service === undefined) throw new UnsupportedFeatureError('this node was made without the ping service')
  const target = peer.startsWith('/') ? peer : peerIdOf(peer, peers())
  const connection = await connect(target, { libp2p, dialer })
  const signal = timeLimit(REPLY_TIMEOUT_MS)
  try {
    const rttMs = await service.ping(connection.remotePeer, { signal })
    return {
      peerId: connection.remotePeer.toString(),
      address: connection.remoteAddr.toString(),
      path: connection.limits === undefined ? 'direct' : 'relay',
      rttMs
    }
  } catch (error) {
    const problem = signal.aborted ? `no reply within ${REPLY_TIMEOUT_MS} ms` : (error as Error).message
    throw new ProviderSilentError(`${connection.remotePeer}: ${problem}`, { cause: error })
  }
}

async function connect(target: string, { libp2p, dialer }: Pick<PingInit, 'libp2p' | 'dialer'>): Promise<Connection> {
  const own = libp2p.peerId.toString()
  if (target === own || target.endsWith(`/p2p/${own}`)) {
    throw new InvalidRequestError('this is the peer of this machine itself; name another one', {
      details: { field: 'peer' }
    })
  }
  try {
    return await dialer.connect(target, new AbortController().signal, DIAL_TIMEOUT_MS)
  } catch (error) {
    if (!(error instanceof ProviderUnreachableError) || !isUnknown(error.cause)) throw error
    throw new NoProviderError(`nobody knows an address of ${target}`, { cause: error })
  }
}

/** Whether there was nothing to dial: neither this node nor the DHT has an address. */
function isUnknown(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoValidAddressesError'
}

/** The id of a peer that is named by it, or by a name. Throws `NoProviderError` or `InvalidRequestError`. */
export function peerIdOf(peer: string, peers: readonly PeerSummary[]): string {
  return isPeerId(peer) ? peer : peerNamed(peer, peers)
}

/** The only peer of this name. Names are chosen by the peers themselves, so that several may have the same. */
function peerNamed(name: string, peers: readonly PeerSummary[]): string {
  const named = peers.filter(peer => peer.label === name)
  const [only] = named
  if (only === undefined) throw new NoProviderError(`no peer ${JSON.stringify(name)} is known; see: p2pai peers`)
  if (named.length === 1) return only.peerId
  const suggestions = named.map(peer => peer.peerId).slice(0, 4)
  throw new InvalidRequestError(`${named.length} peers are called ${JSON.stringify(name)}: ${suggestions.join(', ')}`, {
    details: { field: 'peer', suggestions }
  })
}
