import type {
  AcceptedEvent,
  EmbedResult,
  InferenceEngine,
  P2paiError,
  RemoteEmbed
} from '../../../src/interface/index.ts'
import { Dialer } from '../../../src/node/dial.ts'
import { EMBED_PROTOCOL, embedClient, embedServer } from '../../../src/protocols/embed/index.ts'
import type { ServeInit } from '../../../src/protocols/serving.ts'
import { addressOf, type Dialled, type RawPeer, rawPeer } from './raw-peer.ts'

/** A peer that serves an engine for vectors and ranks, with limits that a test can wait for. */
export interface EmbedHost extends AsyncDisposable {
  peer: RawPeer
  /** How each request ended, oldest first. */
  outcomes: { outcome: string; cause: unknown }[]
}

/** Starts one. */
export async function embedHost(engine: InferenceEngine, init: Partial<ServeInit> = {}): Promise<EmbedHost> {
  const peer = await rawPeer()
  const outcomes: EmbedHost['outcomes'] = []
  const onEnd = (_: string, outcome: string, cause?: unknown) => void outcomes.push({ outcome, cause })
  await peer.handle(EMBED_PROTOCOL, embedServer({ engine, onEnd, ...init }), { maxInboundStreams: 64 })
  return { peer, outcomes, [Symbol.asyncDispose]: async () => await peer[Symbol.asyncDispose]() }
}

/** The asking side, with patience that a test can wait for. */
export function embedAsker(
  peer: RawPeer,
  patience: { acceptTimeoutMs?: number; silenceMs?: number } = {}
): RemoteEmbed {
  const dialer = new Dialer(peer, () => [])
  const openStream = async (target: string, signal: AbortSignal) =>
    await dialer.openStream(target, EMBED_PROTOCOL, signal)
  return embedClient({ openStream, ...patience })
}

/** What became of a request. */
export interface Embedded {
  result: EmbedResult | undefined
  error: P2paiError | undefined
  /** What was told before, kind by kind. */
  told: string[]
}

/** Asks one peer for vectors over the wire. */
export async function embedAt(
  remote: RemoteEmbed,
  to: Dialled,
  request: { inputs?: string[]; deadlineMs?: number } = {},
  signal = new AbortController().signal
): Promise<Embedded> {
  const told: string[] = []
  const asked = { model: 'auto', inputs: ['one', 'two'], ...request }
  try {
    const result = await remote.embed(addressOf(to), asked, signal, event => void told.push(event.type))
    return { result, error: undefined, told }
  } catch (error) {
    return { result: undefined, error: error as P2paiError, told }
  }
}

export const EMBED_ACCEPTED: AcceptedEvent = {
  type: 'accepted',
  queuePosition: 0,
  model: { name: 'scripted:test', digest: 'ab'.repeat(32) },
  contextSizeTokens: 4096
}
