import {
  type AdvertisedModel,
  BusyError,
  type EngineEvent,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  type P2paiError,
  type ProviderSource,
  RefusedError,
  type RemoteEmbed,
  textMessage
} from '../../../src/interface/index.ts'
import { NetworkEngine, Suspects } from '../../../src/routing/index.ts'
import { advertOf, clockedDirectory, ENVELOPE, modelOf } from './fixtures.ts'

/** What one peer does with a request: events, and then an error if there is one. */
export interface Script {
  /** Before the first of them. */
  delayMs?: number
  events?: EngineEvent[]
  error?: P2paiError
  /** What it advertises, where that is not a warm model that cannot go on with answers. */
  model?: Partial<AdvertisedModel>
  /** What it does the second time and later. */
  again?: Script
}

/** A network of peers that follow a script. */
export interface NetworkBench {
  engine: NetworkEngine
  directory: ReturnType<typeof clockedDirectory>['directory']
  suspects: Suspects
  /** Peers that were asked, in order, with what they were asked. */
  asked: { peer: string; request: GenerateRequest }[]
  outcomes: { peerId: string; outcome: string }[]
  /** Reads an answer to its end or failure. */
  run(changes?: Partial<GenerateRequest>, options?: GenerateOptions): Promise<Run>
}

/** What a reader saw. */
export interface Run {
  events: EngineEvent[]
  error: P2paiError | undefined
  tookMs: number
}

/** Sets it up. Peers are preferred in the order in which they are given. */
export function networkBench(
  peers: Record<string, Script>,
  {
    local = [],
    sources = [],
    remoteEmbed = nobodyEmbeds
  }: { local?: [ModelInfo, Script][]; sources?: ProviderSource[]; remoteEmbed?: RemoteEmbed } = {}
): NetworkBench {
  const { directory } = clockedDirectory()
  const suspects = new Suspects()
  Object.keys(peers).forEach((peerId, index) => {
    const slots = { total: 100, free: 100 - index }
    const models = [modelOf({ parameterCount: 1_000 - index, slots, ...peers[peerId]?.model })]
    directory.offer(advertOf(peerId, { models }), { origin: 'direct', envelope: ENVELOPE })
  })
  const asked: NetworkBench['asked'] = []
  const outcomes: NetworkBench['outcomes'] = []
  const engine = new NetworkEngine({
    selfId: 'self',
    local: localEngine(local),
    directory,
    suspects,
    remote: async function* (peer, request) {
      const script = peers[peer] ?? {}
      const isAgain = asked.some(earlier => earlier.peer === peer)
      asked.push({ peer, request })
      yield* play(isAgain ? (script.again ?? script) : script)
    },
    remoteEmbed,
    sources,
    onAttempt: (peerId, outcome) => void outcomes.push({ peerId, outcome }),
    onSourceError: () => undefined
  })
  const run = async (changes: Partial<GenerateRequest> = {}, options: GenerateOptions = {}): Promise<Run> => {
    const startedAtMs = performance.now()
    const events: EngineEvent[] = []
    let error: P2paiError | undefined
    try {
      const request = { model: 'auto', messages: [textMessage('user', 'Hi')], ...changes }
      const route = { discoveryTimeoutMs: 30, ...options.route }
      for await (const event of engine.generate(request, { ...options, route })) events.push(event)
    } catch (thrown) {
      error = thrown as P2paiError
    }
    return { events, error, tookMs: performance.now() - startedAtMs }
  }
  return { engine, directory, suspects, asked, outcomes, run }
}

const nobodyEmbeds: RemoteEmbed = {
  embed: () => Promise.reject(new RefusedError('nobody makes vectors here')),
  rerank: () => Promise.reject(new RefusedError('nobody ranks here'))
}

/** The failure of a peer whose slots are full. */
export function busy(retryAfterMs: number): Script {
  return { error: new BusyError('full', { details: { retryAfterMs } }) }
}

function localEngine(models: [ModelInfo, Script][]): InferenceEngine {
  return {
    kind: 'local',
    models: async () => models.map(([model]) => model),
    status: () => [],
    generate: () => play(models[0]?.[1] ?? {}),
    close: async () => undefined
  }
}

async function* play({ delayMs = 0, events = [], error }: Script): AsyncGenerator<EngineEvent> {
  if (delayMs > 0) await new Promise(resolve => setTimeout(resolve, delayMs))
  yield* events
  if (error !== undefined) throw error
}
