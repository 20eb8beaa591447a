import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { createNode, type GenerateRequest, textMessage } from 'p2pai'
import { scriptedEngine } from 'p2pai/testing'
import { INFER_PROTOCOL, inferClient } from '../dist/protocols/infer/index.js'
import { type Figure, inWords, spread } from './support.ts'

const ROUNDS = 15
const TOKENS = 2_000
const REQUEST: GenerateRequest = { model: 'auto', messages: [textMessage('user', 'Tell me a very long story.')] }

/**
 * What signing costs a stream: the same answer of an engine that takes no time, got by an asker that signs and by one
 * that does not, in turn. Both sides share one process, so both pay for keys and ledger here.
 */
export async function receipts(): Promise<Figure> {
  const engine = scriptedEngine({ answer: () => 'word '.repeat(TOKENS).trim(), contextSizeTokens: 2 * TOKENS })
  const provider = await createNode({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, engines: [engine] })
  const [address = ''] = provider.status().addresses
  const signing = await createNode({ profile: 'client', mdns: false, dht: false })
  const plain = await createLibp2p({ transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] })
  try {
    await signing.connect(address)
    const remote = inferClient({
      selfId: plain.peerId.toString(),
      openStream: async (peer, signal) => await plain.dialProtocol(multiaddr(peer), INFER_PROTOCOL, { signal })
    })
    const withBooks = () => signing.engine.generate(REQUEST, { route: { peer: address } })
    const without = () => remote(address, REQUEST, new AbortController().signal)
    const rates: Record<'signed' | 'plain', number[]> = { signed: [], plain: [] }
    for (let round = -3; round < ROUNDS; round++) {
      const signed = await tokensPerSecond(withBooks())
      const bare = await tokensPerSecond(without())
      if (round < 0) continue
      rates.signed.push(signed)
      rates.plain.push(bare)
    }
    const perToken = 1 / spread(rates.signed).median - 1 / spread(rates.plain).median
    return {
      name: 'receipts',
      value: `${inWords(rates.signed, 'tokens/s')} signed, ${inWords(rates.plain, 'tokens/s')} not; ${(1e6 * perToken).toFixed(1)} microseconds a token for both sides together`,
      goal: '<= 1 % of a token at 100 tokens/s: 100 microseconds',
      met: perToken <= 100e-6
    }
  } finally {
    await signing.stop(0)
    await plain.stop()
    await provider.stop(0)
  }
}

async function tokensPerSecond(events: ReturnType<ReturnType<typeof inferClient>>): Promise<number> {
  const startedAtMs = performance.now()
  for await (const event of events) {
    if (event.type === 'end') return (1_000 * event.usage.completionTokens) / (performance.now() - startedAtMs)
  }
  throw new Error('the answer has no end')
}
