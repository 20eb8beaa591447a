import { createNode, llamaEngine, type P2paiNode } from 'p2pai'
import { type Figure, inWords, MODEL_FILE } from './support.ts'

const GREEDY_REQUESTS = 100
/** Requests of one peer that a provider takes at once. */
const STREAMS = 16
/** Alone and beside the flood in turn, so that whatever else the machine does falls on both. */
const ROUNDS = 5
const QUESTIONS = 6
const TOKENS = 24
/** Answers of the greedy peer: as long as those of the honest one, and ten times as long. */
const FLOODS = { 'greedy peer beside an honest one': TOKENS, 'greedy peer with long answers beside it': 10 * TOKENS }
const PROMPT = 'The river winds through seven quiet valleys before it reaches the sea. '.repeat(4)

/** What one peer with 100 requests does to another that asks one question after the other. */
export async function fairness(): Promise<Figure[]> {
  const engine = await llamaEngine({ modelFile: MODEL_FILE, contextSizeTokens: 1_024, slots: 2 })
  await engine.load()
  const provider = await createNode({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, engines: [engine] })
  const [address = ''] = provider.status().addresses
  const [greedy, honest] = await Promise.all(
    [1, 2].map(() => createNode({ profile: 'client', mdns: false, dht: false }))
  )
  const figures: Figure[] = []
  try {
    await ask(honest!, address, { what: 'warm up' })
    for (const [name, floodTokens] of Object.entries(FLOODS)) {
      const unloaded: number[] = []
      const loaded: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        unloaded.push(...(await timesOf(honest!, address, `alone ${round}`)))
        const flood = await startFlood(greedy!, address, floodTokens)
        while ((engine.status()[0]?.queued ?? 0) === 0) await new Promise(resolve => setTimeout(resolve, 20))
        loaded.push(...(await timesOf(honest!, address, `beside it ${round}`)))
        await flood.stop()
      }
      const ratio = p95(loaded) / p95(unloaded)
      figures.push({
        name,
        value: `${inWords(loaded, 'ms')} beside it, ${inWords(unloaded, 'ms')} alone; p95 ${ratio.toFixed(2)} times`,
        goal: 'p95 <= 2 times',
        met: ratio <= 2
      })
    }
    return figures
  } finally {
    await Promise.all([greedy!.stop(0), honest!.stop(0)])
    await provider.stop(0)
  }
}

/** Keeps as many requests under way as a provider takes of one peer, each followed by the next of a hundred. */
async function startFlood(node: P2paiNode, address: string, maxTokens: number): Promise<{ stop(): Promise<void> }> {
  const over = new AbortController()
  const follow = async (first: number) => {
    for (let number = first; !over.signal.aborted; number += STREAMS) {
      const what = `greedy ${number % GREEDY_REQUESTS}`
      await ask(node, address, { what, maxTokens, signal: over.signal }).catch(() => undefined)
    }
  }
  const all = Array.from({ length: STREAMS }, (_, first) => follow(first))
  return {
    async stop() {
      over.abort()
      await Promise.all(all)
    }
  }
}

async function timesOf(node: P2paiNode, address: string, what: string): Promise<number[]> {
  const times: number[] = []
  for (let question = 0; question < QUESTIONS; question++) {
    const startedAtMs = performance.now()
    await ask(node, address, { what: `${what} ${question}` })
    times.push(performance.now() - startedAtMs)
  }
  return times
}

async function ask(
  node: P2paiNode,
  peer: string,
  { what, maxTokens = TOKENS, signal }: { what: string; maxTokens?: number; signal?: AbortSignal }
): Promise<void> {
  const messages = [{ role: 'user' as const, parts: [{ type: 'text' as const, text: `${what}: ${PROMPT}` }] }]
  const request = { messages, maxTokens, sampling: { temperature: 0 } }
  await node.ask(request, { route: { peer }, ...(signal && { signal }) }).result()
}

function p95(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0
}
