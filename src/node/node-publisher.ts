import type { HardwareClass, InferenceEngine } from '../interface/index.ts'
import { ADVERT_TOPIC, AdvertPublisher, openAdvert, sealAdvert } from '../protocols/capabilities/index.ts'
import { advertContent, type DeviceFacts } from './advert-content.ts'
import type { Assembly } from './create-libp2p.ts'
import { sequenceFile, sequenceInMemory } from './sequence.ts'

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
    publish: async envelope => {
      if (gossip === undefined) return
      const { publishToMesh } = await import('./gossip.ts')
      await publishToMesh(gossip, ADVERT_TOPIC, envelope)
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
