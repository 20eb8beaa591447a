import { connect, createServer, type Socket } from 'node:net'
import { createNode } from 'p2pai'
import { type Figure, MODEL_FILE, startDaemon } from './support.ts'

const TOKENS = 300

/** Bytes that a provider sends for each token: TCP payload, so with Noise, Yamux and our frames. */
export async function wireBytes(): Promise<Figure> {
  const provider = await startDaemon(['--model', MODEL_FILE, '--context', '2048'])
  const [, port = '', peerId = ''] = /\/tcp\/(\d+)\/p2p\/(\w+)/.exec(provider.address) ?? []
  const counter = { fromProvider: 0 }
  const sockets = new Set<Socket>()
  const proxy = createServer(inbound => {
    const outbound = connect(Number(port), '127.0.0.1')
    outbound.on('data', chunk => {
      counter.fromProvider += chunk.byteLength
    })
    for (const socket of [inbound, outbound]) sockets.add(socket.setNoDelay().on('error', () => socket.destroy()))
    inbound.pipe(outbound).pipe(inbound)
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const { port: proxyPort } = proxy.address() as { port: number }
  const address = `/ip4/127.0.0.1/tcp/${proxyPort}/p2p/${peerId}`
  const node = await createNode({ profile: 'client', mdns: false, dht: false })
  try {
    await node.connect(address)
    const ask = async (maxTokens: number) => {
      const before = counter.fromProvider
      const messages = [
        { role: 'user' as const, parts: [{ type: 'text' as const, text: 'Tell me a very long story.' }] }
      ]
      const result = await node
        .ask({ messages, maxTokens, sampling: { temperature: 0 } }, { route: { peer: address } })
        .result()
      return { bytes: counter.fromProvider - before, tokens: result.usage.completionTokens }
    }
    await ask(1)
    const short = await ask(1)
    const long = await ask(TOKENS)
    const each = (long.bytes - short.bytes) / (long.tokens - short.tokens)
    return {
      name: 'bytes on the wire for each token',
      value: `${each.toFixed(1)} (${long.bytes} bytes for ${long.tokens} tokens, opening and end included)`,
      goal: '<= 32',
      met: each <= 32
    }
  } finally {
    await node.stop(0)
    for (const socket of sockets) socket.destroy()
    proxy.close()
    await provider.stop()
  }
}
