import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { createTopicScoreParams } from '@libp2p/gossipsub/score'

/** The service as libp2p's options take it. */
export type GossipService = ReturnType<typeof gossipsub>

/** The mesh, as far as p2pai uses it. */
export type GossipMesh = GossipSub

/** Largest message: an advert with its envelope and signature is far below. */
const MAX_MESSAGE_BYTES = 64 << 10

/**
 * Mesh peers of a node, and to how many others it tells each second what came in that second. With the defaults, 6 (4
 * to 12) and three seconds to 6 others, each advert comes about eight times and is announced as often in as many
 * bytes. Half of it is enough for news that comes again: `routing.md` 3.2.
 */
const MESH = { D: 4, Dlo: 3, Dhi: 4, Dscore: 3, Dlazy: 2, gossipFactor: 0.1, mcacheLength: 3, mcacheGossip: 1 }

/** Gossip for adverts alone, with the bounds of `security.md` F8. */
export function gossipService(topic: string): GossipService {
  return gossipsub({
    fallbackToFloodsub: false,
    ...MESH,
    allowedTopics: [topic],
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    fastMsgIdFn: copyOf,
    maxInboundDataLength: MAX_MESSAGE_BYTES,
    maxOutboundBufferSize: 4 << 20,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 64,
      maxIhaveMessageIDs: 512,
      maxIwantMessageIDs: 512,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 64,
      maxPeerInfos: 16
    },
    scoreParams: {
      // Many peers of one machine are a test or a household, not an attack.
      IPColocationFactorWhitelist: new Set(['127.0.0.1', '::1']),
      IPColocationFactorThreshold: 20,
      topics: {
        // A quiet topic: counting missing deliveries would punish the honest; an invalid one costs ten points.
        [topic]: createTopicScoreParams({
          meshMessageDeliveriesWeight: 0,
          meshFailurePenaltyWeight: 0,
          invalidMessageDeliveriesWeight: -10,
          invalidMessageDeliveriesDecay: 0.9
        })
      }
    }
  })
}

/**
 * The same for copies of a message alone, which come from each mesh peer: a copy of one whose signature was checked
 * costs no check of its own. Over all that is signed, and the signature, so that nobody can make another message that
 * passes for a copy and hides it.
 */
function copyOf({ from, seqno, data, signature }: Signed): string {
  const hash = createHash('sha256')
  for (const field of [from, seqno, signature, data]) hash.update(`${field?.byteLength ?? -1} `).update(field ?? '')
  return hash.digest('base64')
}

type Signed = Partial<Record<'from' | 'seqno' | 'data' | 'signature', Uint8Array | null>>

/** A subscriber is known a moment before a stream to it is open. */
const PUBLISH_AGAIN_MS = 100
const MAX_PUBLISHES = 30
/** Of these, how many wait for the first subscriber to tell of itself, which it does as soon as it is connected. */
const FIRST_SUBSCRIBER_PUBLISHES = 8

/**
 * Publishes, and again while there are subscribers but none could be sent to. `isExpected`: whether some may subscribe at
 * any moment; they are waited for a little, as by a node that leaves right after it came.
 */
export async function publishToMesh(
  mesh: GossipMesh,
  topic: string,
  data: Uint8Array,
  isExpected: () => boolean = () => false
): Promise<void> {
  for (let publishes = 1; publishes <= MAX_PUBLISHES; publishes++) {
    const { recipients } = await mesh.publish(topic, data)
    const isWaiting = publishes < FIRST_SUBSCRIBER_PUBLISHES && isExpected()
    if (recipients.length > 0 || (mesh.getSubscribers(topic).length === 0 && !isWaiting)) return
    await sleep(PUBLISH_AGAIN_MS)
  }
}
