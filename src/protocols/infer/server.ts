import type { Connection, Stream } from '@libp2p/interface'
import { pipe } from 'it-pipe'
import {
  AbortedError,
  BusyError,
  DeadlineExceededError,
  type InferenceEngine,
  InvalidRequestError,
  type P2paiError,
  ProtocolError,
  ProviderLostError,
  toP2paiError,
  validateRequest
} from '../../interface/index.ts'
import { FramedStream } from '../framed-stream.ts'
import { readClientFrames } from './client-frames.ts'
import { JOIN_DELTAS_MS, MAX_REQUEST_FRAME_BYTES, MAX_STREAMS_PER_PEER, REQUEST_TIMEOUT_MS } from './constants.ts'
import { encodeError, encodeEvent } from './event-codec.ts'
import { joinDeltas } from './join-deltas.ts'
import { decodeRequest } from './request-codec.ts'

/** What the serving side needs. */
export interface InferServerInit {
  engine: InferenceEngine
  /** Called when a request is over: `outcome` is `ok` or the code of the error. Never sees content. */
  onEnd?: (peerId: string, outcome: string, cause?: unknown) => void
  /** @default 10000 */
  requestTimeoutMs?: number
  /** How long a reader may take nothing. @default 30000 */
  stallMs?: number
}

/** The serving side of `/p2p-ai/infer/1.0`: one call a stream. It never rejects; every end is written or resets. */
export function inferServer(init: InferServerInit): (stream: Stream, connection: Connection) => Promise<void> {
  const streamsOf = new Map<string, number>()
  return async (stream, connection) => {
    const peerId = connection.remotePeer.toString()
    const open = (streamsOf.get(peerId) ?? 0) + 1
    streamsOf.set(peerId, open)
    const framed = new FramedStream(stream, { maxFrameBytes: MAX_REQUEST_FRAME_BYTES, stallMs: init.stallMs })
    try {
      if (open > MAX_STREAMS_PER_PEER) {
        throw new BusyError(`${MAX_STREAMS_PER_PEER} requests of this peer are under way`, {
          details: { retryAfterMs: 1_000 }
        })
      }
      await serveOne(framed, peerId, init)
      init.onEnd?.(peerId, 'ok')
    } catch (error) {
      const failure = toP2paiError(error)
      init.onEnd?.(peerId, failure.code, error)
      await sayFailure(framed, failure)
    } finally {
      streamsOf.set(peerId, (streamsOf.get(peerId) ?? 1) - 1)
      if (streamsOf.get(peerId) === 0) streamsOf.delete(peerId)
    }
  }
}

async function serveOne(framed: FramedStream, peerId: string, init: InferServerInit): Promise<void> {
  const abort = new AbortController()
  framed.stream.addEventListener('close', () => abort.abort(new AbortedError('the asking peer is gone')))
  const request = validateRequest(decodeRequest(await readRequest(framed, init.requestTimeoutMs)))
  const deadline = startDeadline(request.deadlineMs, abort)
  let sent = 0
  readClientFrames(framed, () => sent).catch((error: unknown) => framed.fail(toP2paiError(error)))
  try {
    await pipe(
      init.engine.generate(request, { signal: abort.signal, tenant: peerId }),
      events => joinDeltas(events, JOIN_DELTAS_MS),
      async events => {
        let ended = false
        for await (const event of events) {
          if (event.type === 'delta') sent += event.tokenCount
          ended = event.type === 'end'
          await framed.write(encodeEvent(event))
        }
        if (!ended) throw new ProtocolError('the engine stopped without an end')
      }
    )
    await framed.close()
  } finally {
    clearTimeout(deadline)
    abort.abort(new AbortedError('the request is over'))
  }
}

async function readRequest(framed: FramedStream, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Uint8Array> {
  const watchdog = framed.watchdog(timeoutMs, () => new ProtocolError('the request did not arrive in time'))
  try {
    const frame = await framed.read()
    if (frame === undefined) throw new InvalidRequestError('the stream has no request')
    return frame
  } finally {
    watchdog.stop()
  }
}

function startDeadline(deadlineMs: number | undefined, abort: AbortController): NodeJS.Timeout | undefined {
  if (deadlineMs === undefined) return undefined
  return setTimeout(() => abort.abort(new DeadlineExceededError(`no whole answer within ${deadlineMs} ms`)), deadlineMs)
}

/** Tells the peer why, where the stream still carries it; else resets, so that nobody waits. */
async function sayFailure(framed: FramedStream, failure: P2paiError): Promise<void> {
  try {
    await framed.write(encodeError(failure))
    await framed.close()
  } catch (error) {
    framed.fail(error instanceof ProviderLostError ? failure : toP2paiError(error))
  }
}
