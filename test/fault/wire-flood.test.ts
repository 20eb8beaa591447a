import { connect as connectSocket, type Socket } from 'node:net'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNode, type P2paiNode } from '../../src/index.ts'
import { INFER_PROTOCOL } from '../../src/protocols/infer/index.ts'
import { MAX_STREAMS_PER_PEER } from '../../src/protocols/stream-limits.ts'
import { SCRIPTED_TEXT, scriptedEngine } from '../../src/testing/index.ts'
import { ask, asker } from './support/asker.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { requestFrame } from './support/frames.ts'
import { addressOf, connect, LOOPBACK, openRaw, rawPeer } from './support/raw-peer.ts'
import { hear } from './support/raw-stream.ts'
import { until } from './support/until.ts'
import { expectWithin } from './support/within.ts'

describe('a node under a flood', () => {
  expectNoEscapedErrors()
  const engine = scriptedEngine({ slots: 16, maxQueued: 512, tokenMs: 2 })
  let node: P2paiNode

  beforeAll(async () => {
    node = await createNode({ listen: [LOOPBACK], mdns: false, dht: false, engines: [engine] })
  })
  afterAll(async () => {
    await node.stop(0)
  })

  /** One request on a stream of its own: what became of it. */
  async function outcomeOf(stream: Stream): Promise<string> {
    const heard = hear(stream)
    if (stream.writeStatus === 'writable') stream.send(requestFrame())
    await stream.close().catch(() => undefined)
    const { events, error, ending } = await heard
    if (events.at(-1)?.type === 'end') return 'ok'
    return error?.code ?? ending
  }

  it('case 11: 200 streams at once right after the dial of a node as it is shipped are answered, busy or reset, and the connection stays', async () => {
    await using stranger = await rawPeer([])
    const connection = await connect(stranger, node)
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, async () => {
        try {
          return await outcomeOf(await openRaw(connection, INFER_PROTOCOL))
        } catch {
          return 'reset'
        }
      })
    )
    const counts = new Map<string, number>()
    for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    console.log('case 11:', Object.fromEntries(counts))
    expect([...counts.keys()].filter(outcome => !['ok', 'busy', 'reset'].includes(outcome))).toEqual([])
    expect(counts.get('ok')).toBeGreaterThanOrEqual(MAX_STREAMS_PER_PEER)
    expect(connection.status).toBe('open')
    expect(await ask(asker(stranger), node)).toMatchObject({ error: undefined, text: SCRIPTED_TEXT })
  })

  it('case 12: the 17th stream of a peer is busy, and another peer is served', async () => {
    await using greedy = await rawPeer([])
    await using honest = await rawPeer([])
    const connection = await connect(greedy, node)
    const held = await Promise.all(
      Array.from({ length: MAX_STREAMS_PER_PEER }, async () => await openRaw(connection, INFER_PROTOCOL))
    )
    // A length, and nothing after it: each of these is under way.
    for (const stream of held) stream.send(Uint8Array.of(100))
    const outcome = async () => await outcomeOf(await openRaw(connection, INFER_PROTOCOL))
    expect(await outcome()).toBe('busy')
    expect(await ask(asker(honest), node)).toMatchObject({ error: undefined, text: SCRIPTED_TEXT })
    expect(await ask(asker(greedy), node)).toMatchObject({ error: { code: 'busy', details: { retryAfterMs: 1_000 } } })
    for (const stream of held) stream.abort(new Error('enough'))
    await until(async () => (await outcome()) === 'ok')
  })

  it('case 13: 100 silent sockets and 100 half handshakes are closed within 12 s, and an honest dial takes under 1 s', async () => {
    const [, , host, , port] = addressOf(node).split('/')
    const closed: number[] = []
    const sockets: Socket[] = []
    const startedAtMs = performance.now()
    // The flood comes from another address, since one address may open only so many connections in a second.
    for (let index = 0; index < 200; index++) {
      const socket = connectSocket({
        host: host === undefined ? '' : '127.0.0.1',
        port: Number(port),
        localAddress: '127.0.0.9'
      })
      // Half of a multistream header, as of a peer that dies in the handshake.
      if (index % 2 === 1) socket.write(Uint8Array.of(19, 0x2f, 0x6d, 0x75, 0x6c))
      socket.on('error', () => undefined)
      socket.on('close', () => closed.push(performance.now() - startedAtMs))
      socket.resume()
      sockets.push(socket)
    }
    await using honest = await rawPeer([])
    await until(() => sockets.every(socket => !socket.connecting))
    const dialledAtMs = performance.now()
    await honest.dial(multiaddr(addressOf(node)))
    expectWithin(performance.now() - dialledAtMs, 1_000)
    expect(await ask(asker(honest), node)).toMatchObject({ error: undefined, text: SCRIPTED_TEXT })
    await until(() => closed.length === sockets.length, 13_000, 'the end of all sockets')
    expect(Math.max(...closed)).toBeLessThan(12_000)
  })
})
