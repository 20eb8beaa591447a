import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { describe, expect, it } from 'vitest'
import { createNode } from '../../src/index.ts'
import { ADVERT_TOPIC } from '../../src/protocols/capabilities/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { advertiser } from './support/exchange.ts'
import { randomFrom } from './support/random.ts'
import { addressOf, LOOPBACK } from './support/raw-peer.ts'
import { until } from './support/until.ts'

/** A stranger in the mesh that publishes whatever it likes. */
async function meshStranger() {
  return await createLibp2p({
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      pubsub: gossipsub({ allowPublishToZeroTopicPeers: true, ignoreDuplicatePublishError: true })
    }
  })
}

describe('the mesh', () => {
  expectNoEscapedErrors()

  it('case 22: a stranger that gossips lies puts nobody in the directory, and honest news comes through', async () => {
    const quiet = { listen: [LOOPBACK], mdns: false, dht: false }
    await using node = await createNode(quiet)
    const stranger = await meshStranger()
    try {
      await stranger.dial(multiaddr(addressOf(node)))
      stranger.services.pubsub.subscribe(ADVERT_TOPIC)
      await until(() => stranger.services.pubsub.getSubscribers(ADVERT_TOPIC).length > 0)
      const random = randomFrom(22)
      const victim = await advertiser()
      for (let index = 0; index < 100; index++) {
        const kinds = [random.bytes(300), await victim.seal(), new Uint8Array(5_000)]
        await stranger.services.pubsub.publish(ADVERT_TOPIC, kinds[index % 3]!)
      }
      await using provider = await createNode({
        ...quiet,
        bootstrap: [addressOf(node)],
        engines: [scriptedEngine({ text: 'news' })]
      })
      await until(() => node.status().providers > 0, 5_000, 'honest news')
      expect(
        node
          .peers()
          .filter(peer => peer.advert !== undefined)
          .map(peer => peer.peerId)
      ).toEqual([provider.peerId])
      expect(await node.ask('Hi').text()).toBe('news')
    } finally {
      await stranger.stop()
    }
  })
})
