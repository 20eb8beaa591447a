import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { connectDaemon, createNode, homePaths, type P2paiNode } from 'p2pai'
import { type Figure, inWords, MODEL_FILE, spread, startDaemon } from './support.ts'

const TOKENS = 160
const ROUNDS = 5
const PROMPT = 'Tell me a very long story about a river.'

/** Tokens a second over one hop, against stock node-llama-cpp in process, turn by turn in one run. */
export async function throughput(): Promise<Figure[]> {
  const provider = await startDaemon(['--model', MODEL_FILE, '--context', '2048', '--slots', '4'])
  const { engines } = await (await connectDaemon(homePaths(provider.home).socket)).status()
  const stock = fork(join(import.meta.dirname, 'stock.ts'), [MODEL_FILE, '1'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc']
  })
  await once(stock, 'message')
  const node = await createNode({ profile: 'client', mdns: false, bootstrap: [provider.address] })
  const figures: Figure[] = []
  try {
    for (const { askers, goal } of [
      { askers: 1, goal: 0.97 },
      { askers: 4, goal: 1.4 }
    ]) {
      const ours: number[] = []
      const theirs: number[] = []
      for (let round = 0; round <= ROUNDS; round++) {
        stock.send({ askers, tokens: TOKENS })
        const [reply] = (await once(stock, 'message')) as [{ tokensPerSecond: number }]
        const hop = await overOneHop(node, askers)
        if (round === 0) continue
        theirs.push(reply.tokensPerSecond)
        ours.push(hop)
      }
      const ratio = spread(ours.map((value, index) => value / theirs[index]!)).median
      figures.push({
        name: `tokens/s over one hop, ${askers} asker${askers > 1 ? 's' : ''}, against stock in process`,
        value: `${ratio.toFixed(2)} (${inWords(ours, 'tok/s')} against ${inWords(theirs, 'tok/s')})`,
        goal: `>= ${goal}`,
        met: ratio >= goal
      })
    }
  } finally {
    stock.kill()
    await node.stop(0)
    await provider.stop()
  }
  figures.push({ name: 'measured with', value: `${engines[0]!.model}, ${engines[0]!.hardware}; stock with 1 thread` })
  return figures
}

async function overOneHop(node: P2paiNode, askers: number): Promise<number> {
  const request = { messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: PROMPT }] }] }
  const startedAtMs = performance.now()
  const results = await Promise.all(
    Array.from({ length: askers }, () =>
      node.ask({ ...request, maxTokens: TOKENS, sampling: { temperature: 0 } }).result()
    )
  )
  const made = results.reduce((sum, result) => sum + result.usage.completionTokens, 0)
  return (1_000 * made) / (performance.now() - startedAtMs)
}
