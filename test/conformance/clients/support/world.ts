import { onTestFinished } from 'vitest'
import { type OpenGateway, prepareGateway } from '../../../../src/gateway/server/serve.ts'
import { createNode, type InferenceEngine, type P2paiNode } from '../../../../src/index.ts'
import { type ScriptedEngine, type ScriptedEngineOptions, scriptedEngine } from '../../../../src/testing/index.ts'

/** The model that the provider serves. */
export const MODEL = 'scripted:test'

/** The model that turns texts into vectors: any that can. */
export const EMBEDDING_MODEL = 'auto'

/** A question whose answer takes seconds. */
export const LONG_QUESTION = 'Tell me a long story'

/** What is answered to it. */
export const LONG_ANSWER = 'and so on '.repeat(200)

/** A gateway of a node without a model, and another node that has some. */
export interface Nodes {
  /** Address of the gateway. */
  url: string
  /** The node of the gateway. */
  asker: P2paiNode
  provider: P2paiNode
  stop(): Promise<void>
}

/** The same with a scripted model. */
export interface World extends Nodes {
  engine: ScriptedEngine
  /** Starts another provider of the same model, and waits until the gateway's node knows it. */
  addProvider(): Promise<{ engine: ScriptedEngine; provider: P2paiNode }>
}

const ALONE = { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false }

/** Starts both nodes on loopback. `label`: the name that the provider gives itself. */
export async function startNodes(engines: InferenceEngine[], label = ''): Promise<Nodes> {
  const provider = await createNode({ ...ALONE, label, engines })
  const asker = await createNode({ ...ALONE, bootstrap: provider.status().addresses.slice(0, 1) })
  const prepared = await prepareGateway({ host: '127.0.0.1', port: 0, isNamed: true })
  const gateway: OpenGateway = await prepared.open(asker, '0.0.0')
  await until(async () => (await asker.models()).length === engines.length)
  return {
    url: gateway.url,
    asker,
    provider,
    async stop() {
      gateway.stopListening()
      gateway.close()
      await asker.stop(0)
      await provider.stop(0)
    }
  }
}

/** Starts both nodes with a scripted engine. */
export async function startWorld(options: ScriptedEngineOptions = {}): Promise<World> {
  const scripted = {
    name: MODEL,
    tokenMs: 5,
    contextSizeTokens: 800,
    features: { embeddings: true, rerank: true },
    toolCalls: ['Paris', 'Rome'].map(city => ({ name: 'get_weather', arguments: { city } })),
    answer: (question: string) => (question === LONG_QUESTION ? LONG_ANSWER : undefined),
    ...options
  }
  const engine = scriptedEngine(scripted)
  const nodes = await startNodes([engine])
  return {
    ...nodes,
    engine,
    async addProvider() {
      const another = scriptedEngine(scripted)
      const bootstrap = nodes.asker.status().addresses.slice(0, 1)
      const node = await createNode({ ...ALONE, engines: [another], bootstrap })
      onTestFinished(async () => await node.stop(0))
      await until(() => nodes.asker.status().providers === 2)
      return { engine: another, provider: node }
    }
  }
}

/** A world for one test. */
export async function worldForTest(options: ScriptedEngineOptions = {}): Promise<World> {
  const world = await startWorld(options)
  onTestFinished(async () => await world.stop())
  return world
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 10_000
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error('the models were not heard of')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
