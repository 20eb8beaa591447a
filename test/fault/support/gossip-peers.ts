import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { RPC } from '@libp2p/gossipsub/message'
import { identify } from '@libp2p/identify'
import type { Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { ADVERT_TOPIC } from '../../../src/protocols/capabilities/index.ts'
import { withPrefix } from '../../../src/protocols/length-prefix.ts'
import { advertiser } from './exchange.ts'
import { rawPeer } from './raw-peer.ts'
import { until } from './until.ts'

const MESHSUB = '/meshsub/1.2.0'

/** A stranger that speaks gossip by the book, with a key of its own. */
export interface GossipPeer extends AsyncDisposable {
  peerId: string
  mesh: GossipSub
  /** Signs an advert, the next in order, and gives it to the mesh. Returns its number. */
  advertise(): Promise<number>
}

/** Starts one that is connected to a node. */
export async function gossipPeer(address: string): Promise<GossipPeer> {
  const { key, id, seal } = await advertiser()
  const libp2p = await createLibp2p({
    privateKey: key,
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      pubsub: gossipsub({ allowPublishToZeroTopicPeers: true, ignoreDuplicatePublishError: true })
    }
  })
  const mesh = libp2p.services.pubsub
  await libp2p.dial(multiaddr(address))
  mesh.subscribe(ADVERT_TOPIC)
  await until(() => mesh.getSubscribers(ADVERT_TOPIC).length > 0, 20_000, 'the mesh')
  let sequence = 1_000
  return {
    peerId: id.toString(),
    mesh,
    async advertise() {
      sequence++
      await mesh.publish(ADVERT_TOPIC, await seal({ sequence }))
      return sequence
    },
    [Symbol.asyncDispose]: async () => await libp2p.stop()
  }
}

/** One that writes the frames of gossip by hand, and keeps to no rule of it. */
export interface RawGossipPeer extends AsyncDisposable {
  peerId: string
  stream: Stream
  /** Sends one RPC, and waits while the node does not read. */
  send(rpc: Partial<RPC>): Promise<void>
}

/** Starts one that is connected to a node. */
export async function rawGossipPeer(address: string): Promise<RawGossipPeer> {
  const peer = await rawPeer([])
  // Without a handler it would be no peer of the mesh; what the node sends is read and thrown away.
  await peer.handle(MESHSUB, stream => stream.addEventListener('message', () => undefined))
  const connection = await peer.dial(multiaddr(address))
  const stream = await connection.newStream(MESHSUB)
  return {
    peerId: peer.peerId.toString(),
    stream,
    async send({ subscriptions = [], messages = [], ...rest }) {
      if (stream.send(withPrefix(RPC.encode({ subscriptions, messages, ...rest })))) return
      await until(() => !stream.writableNeedsDrain || stream.status !== 'open', 30_000, 'the node reads')
    },
    [Symbol.asyncDispose]: async () => await peer.stop()
  }
}
