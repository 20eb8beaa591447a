import { type HardwareClass, type InferenceEngine, timeLimit } from '../interface/index.ts'
import { ADVERT_TOPIC, AdvertPublisher, openAdvert, sealAdvert } from '../protocols/capabilities/index.ts'
import { advertContent, type DeviceFacts } from './advert-content.ts'
import type { Assembly } from './create-libp2p.ts'
import { pingServiceOf } from './ping-service.ts'
import { sequenceFile, sequenceInMemory } from './sequence.ts'

/** How long a node that leaves waits until its peers have read the goodbye. */
const GOODBYE_MS = 500

/** What this node's own adverts are made from. */
export interface NodePublisherInit {
  assembly: Assembly
  engine: InferenceEngine
  /** Providers of the network, beside this node. */
  providers: () => number
  label: string
  hardwareClass: HardwareClass
  device: () => DeviceFacts
  isSharing: () => boolean
  onError: (error: unknown) => void
}

/** The publisher of this node: engines in, signed adverts out to the mesh. */
export function createPublisher(init: NodePublisherInit): AdvertPublisher {
  const { libp2p, gossip, paths, privateKey, bootNonce } = init.assembly
  const identity = {
    peerId: libp2p.peerId.toString(),
    bootNonce,
    hardwareClass: init.hardwareClass,
    label: init.label,
    addresses: () => libp2p.getMultiaddrs().map(String),
    device: init.device,
    isSharing: init.isSharing
  }
  const publisher = new AdvertPublisher({
    content: async () => await advertContent(init.engine, identity),
    seal: async advert => {
      const envelope = await sealAdvert(advert, privateKey)
      // What no peer would take must not go out in silence: an engine may name its model as it likes.
      await openAdvert(envelope)
      return envelope
    },
    publish: async (envelope, isLast) => {
      if (gossip === undefined) return
      const { publishToMesh } = await import('./gossip.ts')
      await publishToMesh(gossip, ADVERT_TOPIC, envelope, () => isLast && libp2p.getConnections().length > 0)
      if (isLast) await untilRead(libp2p)
    },
    providers: () => init.providers() + 1,
    sequence: paths === undefined ? sequenceInMemory() : sequenceFile(paths.stateDirectory, init.onError),
    onError: init.onError
  })
  // A relay gave a place or took it back.
  libp2p.addEventListener('self:peer:update', () => {
    if (publisher.current !== undefined) publisher.changed()
  })
  return publisher
}

/** A peer that has answered a ping has read what came before; a connection that ends at once takes that along unread. */
async function untilRead(libp2p: Assembly['libp2p']): Promise<void> {
  const service = pingServiceOf(libp2p)
  const signal = timeLimit(GOODBYE_MS)
  await Promise.allSettled(libp2p.getPeers().map(async peer => await service?.ping(peer, { signal })))
}
