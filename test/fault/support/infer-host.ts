import type { PrivateKey, Stream } from '@libp2p/interface'
import type { InferenceEngine } from '../../../src/interface/index.ts'
import { INFER_PROTOCOL, inferServer } from '../../../src/protocols/infer/index.ts'
import type { InferServerInit } from '../../../src/protocols/infer/server.ts'
import { type RawPeer, rawPeer } from './raw-peer.ts'

/** A peer that serves an engine with the real handler and with limits that a test can wait for. */
export interface InferHost extends AsyncDisposable {
  peer: RawPeer
  /** How each request ended, oldest first. */
  outcomes: { peerId: string; outcome: string; cause: unknown }[]
  /** The streams that the handler got. */
  streams: Stream[]
}

/** Starts one. */
export async function inferHost(
  engine: InferenceEngine,
  init: Partial<InferServerInit> = {},
  key?: PrivateKey
): Promise<InferHost> {
  const peer = await rawPeer(undefined, key)
  const outcomes: InferHost['outcomes'] = []
  const streams: Stream[] = []
  const onEnd = (peerId: string, outcome: string, cause?: unknown) => void outcomes.push({ peerId, outcome, cause })
  const serve = inferServer({ engine, onEnd, ...init })
  const handler = async (stream: Stream, connection: Parameters<typeof serve>[1]) => {
    streams.push(stream)
    await serve(stream, connection)
  }
  await peer.handle(INFER_PROTOCOL, handler, { maxInboundStreams: 64 })
  return { peer, outcomes, streams, [Symbol.asyncDispose]: async () => await peer[Symbol.asyncDispose]() }
}
