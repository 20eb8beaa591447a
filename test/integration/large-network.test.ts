import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { createLibp2p, type Libp2p } from 'libp2p'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { InferenceEngine, P2paiError, P2paiNode } from '../../src/index.ts'
import { createDhtSide } from '../../src/node/dht-side.ts'
import { dayOf, shardPlace } from '../../src/routing/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { advertOf, noEngine } from '../fault/support/routed.ts'
import { addressOf, providersOf, testNode, until } from './support/nodes.ts'

async function dhtNode(): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 1_000 },
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({
        protocol: '/p2p-ai/kad/1.0.0',
        clientMode: false,
        peerInfoMapper: passthroughMapper,
        initialQuerySelfInterval: 200,
        allowQueryWithZeroPeers: true
      })
    }
  })
  onTestFinished(async () => await node.stop())
  return node
}

describe('a network that is too large to tell everybody everything', () => {
  it('parts 20 providers into shards of the DHT, and a reader meets all of each that it reads', {
    timeout: 120_000
  }, async () => {
    const nodes = await Promise.all(Array.from({ length: 21 }, dhtNode))
    const [reader, ...providers] = nodes
    for (const node of providers) await node.dial(reader!.getMultiaddrs())
    const places = new Map(
      await Promise.all(
        providers.map(async ({ peerId }) => [`${peerId}`, await shardPlace(`${peerId}`, dayOf(Date.now()))] as const)
      )
    )
    // All know of all, and that 20 are too many: 20 are parted by two bits where 8 still stand together.
    const adverts = providers.map(({ peerId }) => advertOf(`${peerId}`, {}, { name: 'shared:1b' }))
    const met: string[] = []
    const problems: unknown[] = []
    const sideOf = (libp2p: Libp2p, local: InferenceEngine) =>
      createDhtSide({
        libp2p,
        local,
        meet: async peerId => met.push(peerId) > 0,
        onError: error => problems.push(error),
        adverts: () => adverts,
        providers: () => adverts.length,
        shardedAbove: 8
      })
    const sides = providers.map(libp2p => sideOf(libp2p, scriptedEngine({ name: 'shared:1b' })))
    onTestFinished(async () => void (await Promise.all(sides.map(side => side.stop()))))
    for (const side of sides) side.changed()
    const read = async () => {
      met.length = 0
      await sideOf(reader!, noEngine).source.search('shared', AbortSignal.timeout(10_000))
      return met.map(peerId => places.get(peerId)!)
    }
    const membersOf = (shard: number, of: Iterable<{ shard(bits: number): number }>) =>
      [...of].filter(place => place.shard(2) === shard).length
    const isWhole = (shard: number, found: { shard(bits: number): number }[]) =>
      membersOf(shard, found) > 0 && membersOf(shard, found) === membersOf(shard, places.values())
    await until(
      'two whole shards beside the entry are met',
      async () => {
        const found = await read()
        return [0, 1, 2, 3].filter(shard => isWhole(shard, found)).length >= 2 && found.length < places.size
      },
      90_000
    )
    expect(problems).toEqual([])
  })

  it('answers a node that asks after everybody left whole gossip, from providers that came later too', {
    timeout: 120_000
  }, async () => {
    const scale = { largeAbove: 8 }
    const first = await testNode({ scale })
    const bootstrap = [addressOf(first)]
    const others = await Promise.all(Array.from({ length: 6 }, () => testNode({ scale, bootstrap })))
    for (let index = 0; index < 12; index++) {
      await testNode({ scale, bootstrap, engines: [scriptedEngine({ name: 'shared:1b', text: 'One of many.' })] })
    }
    const asker = others[0]!
    await until('the network is known as large', () => providersOf(asker) > scale.largeAbove, 20_000)
    expect(await asker.ask('Who?', { model: 'shared' }).text()).toBe('One of many.')
    // All have looked at the size of the network.
    await new Promise(resolve => setTimeout(resolve, 11_000))
    await testNode({ scale, bootstrap, engines: [scriptedEngine({ name: 'late:1b', text: 'I came late.' })] })
    const answerOf = async (node: P2paiNode) =>
      await node
        .ask('Who?', { model: 'late' })
        .text()
        .catch(error => (error as P2paiError).code)
    for (const node of others) {
      // No gossip tells of it: until its records are in the DHT the name is one that nobody has.
      let answer = ''
      const isFound = async () => {
        answer = await answerOf(node)
        return answer !== 'model_not_found'
      }
      await until('the new provider is found', isFound, 40_000)
      expect(answer).toBe('I came late.')
    }
  })
})
