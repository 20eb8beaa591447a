import {
  AbortedError,
  type EngineEvent,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type NodeControl,
  NoProviderError,
  throwIfAborted
} from '../../../src/interface/index.ts'

export const ACCEPTED: EngineEvent = {
  type: 'accepted',
  queuePosition: 0,
  model: { name: 'fake:1m', digest: 'f'.repeat(64) },
  contextSizeTokens: 512,
  provider: { peerId: 'peer-of-the-fake' }
}

export const END: EngineEvent = {
  type: 'end',
  finishReason: 'stop',
  usage: { promptTokens: 3, cachedPromptTokens: 0, completionTokens: 2 },
  timings: { queuedMs: 0, prefillMs: 1, decodeMs: 2 },
  conversationTag: new Uint8Array([1, 2, 255])
}

export function delta(text: string): EngineEvent {
  return { type: 'delta', channel: 'answer', text, tokenCount: 1 }
}

/** An engine that says what a test gives it, and remembers what it was asked. */
export class FakeEngine implements InferenceEngine {
  readonly kind = 'fake'
  readonly requests: { request: GenerateRequest; options: GenerateOptions }[] = []
  produced = 0
  running = 0
  private readonly script: (signal: AbortSignal | undefined) => AsyncIterable<EngineEvent>

  constructor(script: (signal: AbortSignal | undefined) => AsyncIterable<EngineEvent> = answer('Hello', ' world')) {
    this.script = script
  }

  async *generate(request: GenerateRequest, options: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
    this.requests.push({ request, options })
    this.running++
    try {
      for await (const event of this.script(options.signal)) {
        throwIfAborted(options.signal)
        this.produced++
        yield event
      }
    } finally {
      this.running--
    }
  }

  async models() {
    return []
  }

  status() {
    return []
  }

  async close() {}
}

export function answer(...texts: string[]): () => AsyncIterable<EngineEvent> {
  return async function* () {
    yield ACCEPTED
    for (const text of texts) yield delta(text)
    yield END
  }
}

/** One token, then nothing until the asker gives up. */
export async function* stuck(signal: AbortSignal | undefined): AsyncIterable<EngineEvent> {
  yield ACCEPTED
  yield delta('Hel')
  await new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new AbortedError('aborted')))
  })
}

export function fakeNode(engine: InferenceEngine): NodeControl {
  return {
    peerId: '12D3KooWFake',
    engine,
    status: () => ({
      version: '9.9.9',
      peerId: '12D3KooWFake',
      label: '',
      addresses: [],
      connections: 1,
      providers: 2,
      uptimeMs: 3,
      rssBytes: 4,
      engines: []
    }),
    peers: () => [],
    peer: name => {
      throw new NoProviderError(`no peer ${name}`)
    },
    models: async () => [],
    localModels: async () => [],
    connect: async address => ({ peerId: address, label: '', connected: true, addresses: [address], agent: '' }),
    ping: async peer => ({ peerId: peer, address: '/ip4/192.0.2.1/tcp/1', path: 'direct', rttMs: 5 }),
    discovery: () => ({
      connections: 1,
      providers: 2,
      mdns: { enabled: true, peers: 1 },
      bootstrap: [],
      saved: { peers: 0, connected: 0 },
      dht: { enabled: true, peers: 1 },
      gossip: { enabled: true, peers: 1 }
    })
  }
}
