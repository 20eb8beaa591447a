import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Libp2p } from 'libp2p'
import { isDialable, type OwnReach } from '../routing/index.ts'

/**
 * What libp2p itself may dial. Its peer store, filled by identify, the DHT and mDNS, holds whatever peers said of
 * themselves and of each other: such an address is dialled by the rule of `isDialable`, as one from an advert is.
 * What the user named is dialled as it stands.
 */
export class DialGate {
  #libp2p: Pick<Libp2p, 'getMultiaddrs' | 'getConnections'> | undefined
  /** Peers that are dialled at an address which the user gave, and how many such dials are under way. */
  readonly #named = new Map<string, number>()

  readonly #neighbours: ReadonlySet<string>

  /** `neighbours`: peers that were heard of on the local network, now or later. */
  constructor(neighbours: ReadonlySet<string> = new Set()) {
    this.#neighbours = neighbours
  }

  /** libp2p asks its gate from the first dial on, and is made after it. */
  attach(libp2p: Pick<Libp2p, 'getMultiaddrs' | 'getConnections'>): void {
    this.#libp2p = libp2p
  }

  /** Runs a dial of the peers in an address that the user gave: who is meant, and a relay on the way. */
  async named<Result>(peerIds: readonly PeerId[], dial: () => Promise<Result>): Promise<Result> {
    const ids = peerIds.map(String)
    for (const id of ids) this.#named.set(id, (this.#named.get(id) ?? 0) + 1)
    try {
      return await dial()
    } finally {
      for (const id of ids) {
        const left = (this.#named.get(id) ?? 1) - 1
        if (left > 0) this.#named.set(id, left)
        else this.#named.delete(id)
      }
    }
  }

  /** The hook of libp2p's connection gater. */
  readonly denyDialMultiaddr = (address: Multiaddr): boolean => {
    const peerId = address.getComponents().findLast(part => part.name === 'p2p')?.value
    if (this.#libp2p === undefined || (peerId !== undefined && this.#named.has(peerId))) return false
    const isNeighbour = peerId !== undefined && this.#neighbours.has(peerId)
    return !isDialable(address.toString(), ownReach(this.#libp2p), isNeighbour)
  }
}

/** Connections that others made prove nothing: a proxy on this machine makes them over loopback. */
export function ownReach(libp2p: Pick<Libp2p, 'getMultiaddrs' | 'getConnections'>): OwnReach {
  const dialled = libp2p.getConnections().filter(connection => connection.direction === 'outbound')
  return {
    listens: libp2p.getMultiaddrs().map(String),
    connected: dialled.map(connection => connection.remoteAddr.toString())
  }
}
