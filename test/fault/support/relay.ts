import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { createLibp2p, type Libp2p } from 'libp2p'
import { onTestFinished } from 'vitest'
import { addressOf, LOOPBACK } from './raw-peer.ts'

/** A peer that relays and nothing else. */
export interface Relay {
  libp2p: Libp2p
  address: string
  /** To listen on for a place at it. */
  place: string
  /** Where others find a peer that has a place at it. */
  wayTo(peerId: string): string
}

/** Starts one with the limits that relays have, or others, for each connection. It is stopped with the test. */
export async function relay({ bytes = 128 << 10, ms = 120_000 } = {}): Promise<Relay> {
  const libp2p = await createLibp2p({
    addresses: { listen: [LOOPBACK] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 1_000 },
    services: {
      identify: identify(),
      relay: circuitRelayServer({
        reservations: { defaultDataLimit: BigInt(bytes), defaultDurationLimit: ms }
      })
    }
  })
  onTestFinished(async () => await libp2p.stop())
  const address = addressOf(libp2p)
  return {
    libp2p,
    address,
    place: `${address}/p2p-circuit`,
    wayTo: peerId => `${address}/p2p-circuit/p2p/${peerId}`
  }
}
