import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, testNode } from '../integration/support/nodes.ts'

/** What the line carries from the asker, a slice at a time. */
const SLICE_BYTES = 3_000
const SLICE_MS = 100

/** A line that is slow towards the provider only. Returns the address to dial. */
async function slowLine(address: string): Promise<string> {
  const [, port = '', peerId = ''] = /\/tcp\/(\d+)\/p2p\/(\w+)/.exec(address) ?? []
  const sockets = new Set<Socket>()
  const proxy = createServer(inbound => {
    const outbound = connect(Number(port), '127.0.0.1')
    for (const socket of [inbound, outbound]) sockets.add(socket.on('error', () => socket.destroy()))
    outbound.pipe(inbound)
    let waiting = Buffer.alloc(0)
    inbound.on('data', chunk => {
      waiting = Buffer.concat([waiting, chunk])
    })
    const timer = setInterval(() => {
      outbound.write(waiting.subarray(0, SLICE_BYTES))
      waiting = waiting.subarray(SLICE_BYTES)
    }, SLICE_MS)
    inbound.on('close', () => clearInterval(timer))
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  return `/ip4/127.0.0.1/tcp/${(proxy.address() as { port: number }).port}/p2p/${peerId}`
}

test('case 32: a long prompt on a line of 30 kB/s is answered; the provider is not called silent meanwhile', async () => {
  const engine = scriptedEngine({ contextSizeTokens: 1_000_000, text: 'It was long.' })
  const provider = await testNode({ engines: [engine] })
  const asker = await testNode({ dht: false, gossip: false })
  const peer = await slowLine(addressOf(provider))
  const startedAtMs = performance.now()
  expect(await asker.ask('word '.repeat(24_000), { route: { peer } }).text()).toBe('It was long.')
  // Longer than the limit that a short prompt has, so this line was slow enough to tell.
  expect(performance.now() - startedAtMs).toBeGreaterThan(2_500)
})
