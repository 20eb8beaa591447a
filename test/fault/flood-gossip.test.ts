import { setTimeout as sleep } from 'node:timers/promises'
import type { RPC } from '@libp2p/gossipsub/message'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ADVERT_TOPIC } from '../../src/protocols/capabilities/index.ts'
import { buildOnce } from '../e2e/build.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { type GossipNode, type GossipNodeState, gossipNode } from './support/gossip-node-process.ts'
import { type GossipPeer, gossipPeer, rawGossipPeer } from './support/gossip-peers.ts'
import { type Random, randomFrom } from './support/random.ts'
import { until } from './support/until.ts'
import { expectWithin } from './support/within.ts'

buildOnce()
expectNoEscapedErrors()

const PROVE = process.env.P2PAI_PROVE === '1'
/** `npm run prove` floods for a minute; the tests for a few seconds. */
const SECONDS = PROVE ? 60 : 2
const MESSAGES_PER_SECOND = 1_000
const RPCS_PER_SECOND = 100
/** A peer may advertise once in four seconds, and five times in a burst. */
const ADVERT_EVERY_MS = PROVE ? 5_000 : 700
const MAX_ADVERT_MS = 5_000
const MAX_GROWTH_BYTES = 50e6
const TICK_MS = 100

let node: GossipNode
let honest: GossipPeer
let before: GossipNodeState

/** How long the node needed to take an advert of the honest peer. */
async function advertMs(): Promise<number> {
  const startedAtMs = performance.now()
  const sequence = await honest.advertise()
  await until(() => node.lastOf(honest.peerId) >= sequence, 10 * MAX_ADVERT_MS, 'an honest advert')
  return performance.now() - startedAtMs
}

/** Runs `tick` ten times a second, while honest adverts come. Returns how long the slowest of them took. */
async function flood(tick: (count: number) => Promise<void>): Promise<number> {
  const startedAtMs = performance.now()
  const slow: number[] = []
  let isOver = false
  const advertising = (async () => {
    while (!isOver) {
      slow.push(await advertMs())
      await sleep(ADVERT_EVERY_MS)
    }
  })()
  for (let count = 0; count < (SECONDS * 1_000) / TICK_MS; count++) {
    await tick(count)
    await sleep(Math.max(0, startedAtMs + (count + 1) * TICK_MS - performance.now()))
  }
  isOver = true
  await advertising
  return Math.max(...slow)
}

/** What must hold after each flood. */
async function expectUnharmed(what: string, slowestMs: number): Promise<GossipNodeState> {
  const after = await node.state()
  const grown = after.rssBytes - before.rssBytes
  console.log(
    `case 24: ${what}: ${(grown / 1e6).toFixed(1)} MB of RSS more, slowest honest advert after ${slowestMs.toFixed(0)} ms, ` +
      `lowest scores ${Object.values(after.lowestScores).map(Math.round).join(' ')}`
  )
  expectWithin(slowestMs, MAX_ADVERT_MS)
  expect(grown).toBeLessThan(MAX_GROWTH_BYTES)
  expect(after.topics).toBe(1)
  expect(after.lowestScores[honest.peerId]).toBe(0)
  return after
}

describe('case 24: a flood of gossip costs < 50 MB and holds up no honest advert for 5 s', () => {
  beforeAll(async () => {
    node = await gossipNode()
  })

  beforeEach(async () => {
    honest = await gossipPeer(node.address)
    // Code is compiled and caches are filled before memory is looked at.
    await advertMs()
    before = await node.state()
  })

  afterEach(async () => {
    await honest[Symbol.asyncDispose]()
  })

  afterAll(async () => {
    await node[Symbol.asyncDispose]()
  })

  test('1,000 messages of junk a second, whose sender is graylisted', {
    timeout: SECONDS * 3_000 + 60_000
  }, async () => {
    await using liar = await gossipPeer(node.address)
    // Until it lies, it is heard as anybody.
    const heard = await liar.advertise()
    await until(() => node.lastOf(liar.peerId) === heard, 10_000, 'the advert of a stranger that does not lie')
    const random = randomFrom(24)
    const slowestMs = await flood(async () => {
      for (let count = 0; count < (MESSAGES_PER_SECOND * TICK_MS) / 1_000; count++) {
        await liar.mesh.publish(ADVERT_TOPIC, random.bytes(300)).catch(() => undefined)
      }
    })
    const after = await expectUnharmed(`${SECONDS * MESSAGES_PER_SECOND} messages`, slowestMs)
    expect(after.lowestScores[liar.peerId]).toBeLessThan(after.graylistedBelow)
    // What it says now may be true, and is dropped unread, while others are heard.
    await liar.advertise()
    await advertMs()
    expect(node.lastOf(liar.peerId)).toBe(heard)
  })

  test('IHAVE, IWANT, GRAFT and PRUNE, whose sender is graylisted', { timeout: SECONDS * 3_000 + 60_000 }, async () => {
    await using liar = await rawGossipPeer(node.address)
    await liar.send({ subscriptions: [{ subscribe: true, topic: ADVERT_TOPIC }] })
    await until(async () => (await node.state()).subscribers.includes(liar.peerId), 20_000, 'it takes part')
    const random = randomFrom(24)
    let sent = 0
    const slowestMs = await flood(async () => {
      for (let count = 0; count < (RPCS_PER_SECOND * TICK_MS) / 1_000; count++, sent++) {
        await liar.send({ control: controlFlood(random, sent) })
      }
    })
    const after = await expectUnharmed(`${sent} RPCs of control messages`, slowestMs)
    expect(after.lowestScores[liar.peerId]).toBeLessThan(after.graylistedBelow)
  })

  test('5,000 subscriptions in each of 50 RPCs, of which none is kept', { timeout: 120_000 }, async () => {
    await using liar = await rawGossipPeer(node.address)
    await liar.send({ subscriptions: [{ subscribe: true, topic: ADVERT_TOPIC }] })
    await until(async () => (await node.state()).subscribers.includes(liar.peerId), 20_000, 'it takes part')
    const slow: number[] = []
    // As many at once as the case says, which no RPC may have; then as many as one may.
    for (const [rpcs, topicsInOne] of [
      [50, 5_000],
      [PROVE ? 15_000 : 1_000, 16]
    ] as const) {
      for (let rpc = 0; rpc < rpcs; rpc++) {
        const topics = Array.from({ length: topicsInOne }, (_, index) => (rpc * topicsInOne + index).toString(36))
        await liar.send({ subscriptions: topics.map(topic => ({ subscribe: true, topic })) })
      }
      slow.push(await advertMs())
    }
    const after = await expectUnharmed('250,000 subscriptions', Math.max(...slow))
    // Its RPCs are thrown away whole, which costs it nothing with gossip and the node nothing either.
    expect(after.subscribers).toContain(liar.peerId)
  })
})

/** As much as one RPC may hold: a node must look at all of it. */
function controlFlood(random: Random, index: number): RPC['control'] {
  const ids = () => Array.from({ length: 64 }, () => random.bytes(20))
  const many = <Item>(make: () => Item) => Array.from({ length: 16 }, make)
  return {
    ihave: index % 4 === 0 ? many(() => ({ topicID: ADVERT_TOPIC, messageIDs: ids() })) : [],
    iwant: index % 4 === 1 ? many(() => ({ messageIDs: ids() })) : [],
    graft: index % 4 === 2 ? many(() => ({ topicID: ADVERT_TOPIC })) : [],
    prune: index % 4 === 3 ? many(() => ({ topicID: ADVERT_TOPIC, peers: [], backoff: 60 })) : [],
    idontwant: []
  }
}
