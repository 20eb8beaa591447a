/**
 * A node in a process of its own, so that its memory is its own. Started with `fork`. It tells of each advert that it
 * takes, and on any message of its state.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createNode } from 'p2pai'
import { ADVERT_TOPIC } from '../../../src/protocols/capabilities/constants.ts'
import type { GossipNodeMessage } from './gossip-node-process.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const send = (message: GossipNodeMessage) => void process.send?.(message)

/** The mesh is inside the node; libp2p hands its parts to whoever is made beside them. */
let parts: {
  pubsub?: {
    getScore(peerId: string): number
    getSubscribers(topic: string): { toString(): string }[]
    topics: Map<string, unknown>
    opts: { scoreThresholds: { graylistThreshold: number } }
  }
} = {}
const node = await createNode({
  listen: ['/ip4/127.0.0.1/tcp/0'],
  mdns: false,
  dht: false,
  libp2p: {
    peerDiscovery: [
      (components: unknown) => {
        parts = components as typeof parts
        return new EventTarget() as never
      }
    ]
  }
})
node.addEventListener('provider:found', ({ detail: { peerId, sequence } }) => send({ found: { peerId, sequence } }))
const lowest = new Map<string, number>()
// A score recovers while nothing of the peer is read, so its worst moment counts.
setInterval(() => {
  for (const { peerId } of node.peers()) {
    lowest.set(peerId, Math.min(lowest.get(peerId) ?? 0, parts.pubsub!.getScore(peerId)))
  }
}, 20)
process.on('message', () => {
  const mesh = parts.pubsub!
  collectGarbage()
  send({
    state: {
      rssBytes: process.memoryUsage.rss(),
      lowestScores: Object.fromEntries(lowest),
      graylistedBelow: mesh.opts.scoreThresholds.graylistThreshold,
      subscribers: mesh.getSubscribers(ADVERT_TOPIC).map(String),
      topics: mesh.topics.size
    }
  })
})
process.on('disconnect', () => process.exit())
send({ address: node.status().addresses[0]! })
