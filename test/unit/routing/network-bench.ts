import {
  AbortedError,
  type AdvertisedModel,
  BusyError,
  type EngineEvent,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  type P2paiError,
  type ProviderSource,
  type Quote,
  type QuoteRequest,
  quoteOf,
  quoteQuestion,
  RefusedError,
  type RemoteEmbed,
  textMessage,
  totalMs
} from '../../../src/interface/index.ts'
import { type Experience, NetworkEngine, Suspects } from '../../../src/routing/index.ts'
import { advertOf, clockedDirectory, ENVELOPE, localModel, modelOf } from './fixtures.ts'

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
  /** What it promises when it is asked; nothing is a peer without quotes. */
  quote?: Partial<Quote>
  /** Between two events. */
  eventMs?: number
  /** Where it was seen. */
  remoteAddress?: string
}

/** A network of peers that follow a script. */
export interface NetworkBench {
  engine: NetworkEngine
  directory: ReturnType<typeof clockedDirectory>['directory']
  suspects: Suspects
  /** Peers that were asked, in order, with what they were asked. */
  asked: { peer: string; request: GenerateRequest }[]
  outcomes: { peerId: string; outcome: string }[]
  /** Peers that were asked for a quote, in order. */
  quoted: string[]
  /** What they were asked then. */
  questions: { peer: string; tag: Uint8Array | undefined }[]
  /** Peers that are at work on a request now. */
  working(): number
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
    policy = 'rec',
    remoteEmbed = nobodyEmbeds,
    experience
  }: {
    local?: [ModelInfo, Script][]
    sources?: ProviderSource[]
    policy?: string
    remoteEmbed?: RemoteEmbed
    experience?: Experience
  } = {}
): NetworkBench {
  const { directory } = clockedDirectory()
  const suspects = new Suspects()
  Object.keys(peers).forEach((peerId, index) => {
    const slots = { total: 100, free: 100 - index }
    const models = [modelOf({ parameterCount: 1_000 - index, slots, ...peers[peerId]?.model })]
    const { remoteAddress } = peers[peerId] ?? {}
    const source = { origin: 'direct' as const, envelope: ENVELOPE, ...(remoteAddress && { remoteAddress }) }
    directory.offer(advertOf(peerId, { models }), source)
  })
  const asked: NetworkBench['asked'] = []
  const outcomes: NetworkBench['outcomes'] = []
  const quoted: string[] = []
  const questions: NetworkBench['questions'] = []
  let working = 0
  const canQuote = Object.values(peers).some(({ quote }) => quote !== undefined)
  const engine = new NetworkEngine({
    selfId: 'self',
    local: localEngine(local),
    directory,
    suspects,
    policy,
    ...(experience && { experience }),
    ...(canQuote && {
      quote: async (peer: string, request: QuoteRequest) => {
        quoted.push(peer)
        questions.push({ peer, tag: request.conversationTag })
        const { quote } = peers[peer] ?? {}
        if (quote === undefined) throw new Error('no quotes here')
        return promise(request, quote)
      }
    }),
    remote: async function* (peer, request, signal) {
      const script = peers[peer] ?? {}
      const isAgain = asked.some(earlier => earlier.peer === peer)
      asked.push({ peer, request })
      const { quote } = script
      if (quote !== undefined && request.acceptIf !== undefined) refuse(request, quote)
      working++
      try {
        yield* play(isAgain ? (script.again ?? script) : script, signal)
      } finally {
        working--
      }
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
  return { engine, directory, suspects, asked, outcomes, quoted, questions, working: () => working, run }
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

/** A quote of 100 ms and 10 tokens a second, but for what is given. */
function promise(request: QuoteRequest, quote: Partial<Quote>): Quote {
  const made = quoteOf(request, { model: localModel({ contextSizeTokens: 4096 }) })
  return { ...made, firstTokenMs: 100, decodeTokensPerSecond: 10, ...quote }
}

function refuse(request: GenerateRequest, quoted: Partial<Quote>): void {
  const question = quoteQuestion(request)
  const quote = promise(question, quoted)
  const { totalMs: bound = Number.POSITIVE_INFINITY, pricePerKiloToken: cap = Number.POSITIVE_INFINITY } =
    request.acceptIf ?? {}
  const isKept = totalMs(quote, question.expectedTokens) <= bound && quote.pricePerKiloToken <= cap
  if (!isKept) throw new BusyError('not on these terms', { details: { quote } })
}

async function* play(
  { delayMs = 0, events = [], error, eventMs = 0 }: Script,
  signal?: AbortSignal
): AsyncGenerator<EngineEvent> {
  if (delayMs > 0) await wait(delayMs, signal)
  for (const event of events) {
    if (eventMs > 0) await wait(eventMs, signal)
    yield event
  }
  if (error !== undefined) throw error
}

/** Ends early, with its failure, when the reader has left. */
async function wait(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, durationMs)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new AbortedError('left'))
    })
  })
}
