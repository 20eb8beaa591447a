import type { Multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { type P2paiError, type P2paiNode, textMessage } from '../../src/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, testNode, until } from '../integration/support/nodes.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { type FaultProxy, faultProxy } from './support/fault-proxy.ts'
import type { LineFaults } from './support/line-pump.ts'
import { randomFrom } from './support/random.ts'
import { storyFor } from './support/story.ts'

expectNoEscapedErrors()

const PROVE = process.env.P2PAI_PROVE === '1'
/** `npm run prove` cuts the line at so many bytes; the tests at a few. */
const CUTS = PROVE ? 300 : 12
/** More than each direction carries of a dial, a request and its answer; the last cuts meet nothing. */
const CARRIED_BYTES = { down: 9_000, up: 5_000 }
/** A round trip of 300 ms and up to 100 more, at 16 kB/s, in slices of 1 to 7 bytes. */
const POOR: LineFaults = { latencyMs: 150, jitterMs: 50, bytesPerSecond: 16_000, sliceBytes: 7 }
/** What a line that breaks may say. */
const EXPLICIT = ['provider_lost', 'provider_unreachable', 'busy']

/** A node whose only way to a peer is the line that a question names, whatever address the peer advertises. */
async function askerOf(provider: P2paiNode): Promise<P2paiNode> {
  const connectionGater = { denyDialMultiaddr: (address: Multiaddr) => `${address}` === addressOf(provider) }
  return await testNode({ dht: false, gossip: false, libp2p: { connectionGater } })
}

/** Asks over this line alone, and takes it away afterwards, so that the next question is dialled anew. */
async function askOver(asker: P2paiNode, line: FaultProxy, question: string, resume?: 'never') {
  let text = ''
  let error: P2paiError | undefined
  try {
    const request = { model: 'auto', messages: [textMessage('user', question)] }
    for await (const event of asker.engine.generate(request, {
      route: { peer: line.address, ...(resume && { resume }) }
    })) {
      if (event.type === 'delta') text += event.text
    }
  } catch (thrown) {
    error = thrown as P2paiError
  }
  line.cut()
  await until('the line is gone', () => asker.status().connections === 0)
  return { text, error }
}

describe('case 32: a poor line', () => {
  it('of 30 kB/s carries a long prompt; the provider is not called silent meanwhile', async () => {
    const engine = scriptedEngine({ contextSizeTokens: 1_000_000, text: 'It was long.' })
    const provider = await testNode({ engines: [engine] })
    const asker = await askerOf(provider)
    await using line = await faultProxy(addressOf(provider), { up: { bytesPerSecond: 30_000 } })
    const startedAtMs = performance.now()
    expect(await asker.ask('word '.repeat(24_000), { route: { peer: line.address } }).text()).toBe('It was long.')
    // Longer than the limit that a short prompt has, so this line was slow enough to tell.
    expect(performance.now() - startedAtMs).toBeGreaterThan(2_500)
  })

  it('with 300 ms of latency, jitter, 16 kB/s and slices of 1 to 7 bytes gives the text that a good line gives', async () => {
    const libp2p = { connectionGater: { denyDialMultiaddr: () => true } }
    const provider = await testNode({ libp2p, engines: [scriptedEngine({ answer: storyFor, tokenMs: 2 })] })
    const asker = await askerOf(provider)
    for (let turn = 0; turn < (PROVE ? 20 : 1); turn++) {
      const startedAtMs = performance.now()
      await using line = await faultProxy(addressOf(provider), { up: POOR, down: POOR, seed: turn })
      const question = `question ${turn}`
      expect(await askOver(asker, line, question)).toEqual({ text: storyFor(question), error: undefined })
      // At least a dial and a request have crossed it.
      expect(performance.now() - startedAtMs).toBeGreaterThan(4 * 300)
    }
  })

  it('that is reset at byte n gives the whole text or an explicit error, and nothing else', async () => {
    const random = randomFrom(32)
    const answer = (question: string) => Array.from({ length: 6 }, (_, part) => storyFor(question + part)).join(' ')
    const engine = scriptedEngine({ answer, tokenMs: 1 })
    const libp2p = {
      // It would ask a peer for its adverts, and dial it for that when the line is gone.
      connectionGater: { denyDialMultiaddr: () => true },
      // More lines a second than one address may open.
      connectionManager: { inboundConnectionThreshold: 1_000 }
    }
    const provider = await testNode({ dht: false, gossip: false, engines: [engine], libp2p })
    const asker = await askerOf(provider)
    const outcomes = new Map<string, number>()
    for (let turn = 0; turn < CUTS; turn++) {
      const direction = turn % 2 === 0 ? 'down' : 'up'
      const faults: LineFaults = {
        sliceBytes: 7,
        resetAtByte: Math.ceil(CARRIED_BYTES[direction] * ((turn + random.next()) / CUTS))
      }
      await using line = await faultProxy(addressOf(provider), { [direction]: faults, seed: turn })
      const question = `question ${turn}`
      // A reader that lets an answer go on elsewhere waits for this line to come back.
      const { text, error } = await askOver(asker, line, question, 'never')
      const told = `${direction} at byte ${faults.resetAtByte}: ${error?.code} ${error?.message}`
      if (error === undefined) expect(text, told).toBe(answer(question))
      else expect(EXPLICIT, told).toContain(error.code)
      expect(answer(question).startsWith(text), told).toBe(true)
      // Nothing but the line broke.
      if (error !== undefined) expect(line.resets, told).toBeGreaterThan(0)
      const outcome = error === undefined ? 'whole' : text === '' ? 'before the text' : 'within the text'
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    console.log(`case 32: ${CUTS} cuts, ${[...outcomes].map(([what, count]) => `${count} ${what}`).join(', ')}`)
    expect([...outcomes.keys()].sort()).toEqual(['before the text', 'whole', 'within the text'])
  })
})
