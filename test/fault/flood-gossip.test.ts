import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { expect, test } from 'vitest'
import { createNode, type P2paiNode } from '../../src/index.ts'
import { ADVERT_TOPIC } from '../../src/protocols/capabilities/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { advertiser } from './support/exchange.ts'
import { memory } from './support/fuzz.ts'
import { randomFrom } from './support/random.ts'
import { addressOf, LOOPBACK } from './support/raw-peer.ts'
import { until } from './support/until.ts'

expectNoEscapedErrors()

const PROVE = process.env.P2PAI_PROVE === '1'
/** `npm run prove`: a thousand a second for a minute. Tests: for five seconds. */
const SECONDS = PROVE ? 60 : 5
const PER_SECOND = 1_000
const MAX_GROWTH_BYTES = 50 << 20

const knownBy = (node: P2paiNode) => node.peers().flatMap(peer => (peer.advert === undefined ? [] : [peer.peerId]))

test('case 24: a flood of junk costs little memory, holds up no honest advert, and its sender is heard no more', {
  timeout: SECONDS * 3_000 + 60_000
}, async () => {
  const quiet = { listen: [LOOPBACK], mdns: false, dht: false }
  await using node = await createNode(quiet)
  const provider = await advertiser()
  const stranger = await createLibp2p({
    privateKey: provider.key,
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      pubsub: gossipsub({ allowPublishToZeroTopicPeers: true, ignoreDuplicatePublishError: true })
    }
  })
  const mesh = stranger.services.pubsub
  try {
    await stranger.dial(multiaddr(addressOf(node)))
    mesh.subscribe(ADVERT_TOPIC)
    await until(() => mesh.getSubscribers(ADVERT_TOPIC).length > 0)
    // Until it lies, it is heard as anybody.
    await mesh.publish(ADVERT_TOPIC, await provider.seal())
    await until(() => knownBy(node).length === 1, 5_000, 'the advert of a stranger that does not lie')
    const random = randomFrom(24)
    const [heldBefore, rssBefore] = [await memory(), process.memoryUsage.rss()]
    let sent = 0
    let heardAfterMs = 0
    await using honest = await createNode({ ...quiet, bootstrap: [addressOf(node)], engines: [scriptedEngine()] })
    const startedAtMs = performance.now()
    const waiting = until(() => knownBy(node).includes(honest.peerId), 20_000, 'honest news').then(() => {
      heardAfterMs = performance.now() - startedAtMs
    })
    for (let tick = 0; tick < SECONDS * 10; tick++) {
      for (let index = 0; index < PER_SECOND / 10; index++, sent++) {
        await mesh.publish(ADVERT_TOPIC, random.bytes(300)).catch(() => undefined)
      }
      await new Promise(resolve => setTimeout(resolve, Math.max(0, startedAtMs + tick * 100 - performance.now())))
    }
    await waiting
    const rssGrown = process.memoryUsage.rss() - rssBefore
    // The sender and its own caches live in this process too, so the bound is on what is held, not on the pages.
    const grown = (await memory()) - heldBefore
    console.log(
      `case 24: ${sent} junk messages in ${((performance.now() - startedAtMs) / 1_000).toFixed(1)} s, ` +
        `${(grown / 2 ** 20).toFixed(1)} MiB held and ${(rssGrown / 2 ** 20).toFixed(0)} MiB of RSS more on both ends, honest advert after ${heardAfterMs.toFixed(0)} ms`
    )
    expect(grown).toBeLessThan(MAX_GROWTH_BYTES)
    // What it says now may be true, and is dropped unread: its goodbye leaves its old advert where it is.
    await mesh.publish(ADVERT_TOPIC, await provider.seal({ ttlMs: 0, models: [] })).catch(() => undefined)
    await using later = await createNode({ ...quiet, bootstrap: [addressOf(node)], engines: [scriptedEngine()] })
    await until(() => knownBy(node).includes(later.peerId), 10_000, 'news after the flood')
    expect(knownBy(node)).toContain(provider.id.toString())
    expect(await node.ask('Hi', { route: { peer: later.peerId } }).text()).not.toBe('')
  } finally {
    await stranger.stop()
  }
})
