import type { Connection, Stream } from '@libp2p/interface'
import {
  AbortedError,
  BusyError,
  DeadlineExceededError,
  type InferenceEngine,
  InternalError,
  InvalidRequestError,
  type P2paiError,
  ProtocolError,
  ProviderLostError,
  toP2paiError
} from '../interface/index.ts'
import { FramedStream } from './framed-stream.ts'
import { MAX_REQUEST_FRAME_BYTES, MAX_STREAMS_PER_PEER, REQUEST_TIMEOUT_MS } from './stream-limits.ts'

/** All that a stranger learns of a failure that nobody foresaw: its text may name files of this machine. */
const INTERNAL_MESSAGE = 'the provider could not answer'

/** What the serving side of a protocol with one request a stream needs. */
export interface ServeInit {
  engine: InferenceEngine
  /** Throws `RefusedError` for peers that are not served, before anything of the request is read. @default all are */
  admit?: (peerId: string) => void
  /** Called when a request is over: `outcome` is `ok` or the code of the error. Never sees content. */
  onEnd?: (peerId: string, outcome: string, cause?: unknown) => void
  /** @default 10000 */
  requestTimeoutMs?: number
  /** How long a reader may take nothing. @default 30000 */
  stallMs?: number
}

/** Takes one stream. It never rejects; every end is written or resets. */
export type StreamHandler = (stream: Stream, connection: Connection) => Promise<void>

/** One request under way. */
export interface Served<Request> {
  framed: FramedStream
  peerId: string
  request: Request
  /** Fires when the asker is gone, the deadline is over, or the request is. */
  abort: AbortController
}

/** What tells one protocol from another. */
export interface Serving<Request> {
  /** Reads and checks a stranger's request. */
  decode(body: Uint8Array): Request
  /** Writes the whole answer. What it throws is told to the asker. */
  answer(served: Served<Request>): Promise<void>
  encodeError(error: P2paiError): Uint8Array
}

/** The serving side of a protocol with one request a stream, with its bounds in number and time. */
export function serveStreams<Request extends { deadlineMs?: number }>(
  init: ServeInit,
  serving: Serving<Request>
): StreamHandler {
  const streamsOf = new Map<string, number>()
  return async (stream, connection) => {
    const peerId = connection.remotePeer.toString()
    const open = (streamsOf.get(peerId) ?? 0) + 1
    streamsOf.set(peerId, open)
    const framed = new FramedStream(stream, { maxFrameBytes: MAX_REQUEST_FRAME_BYTES, stallMs: init.stallMs })
    try {
      init.admit?.(peerId)
      if (open > MAX_STREAMS_PER_PEER) {
        throw new BusyError(`${MAX_STREAMS_PER_PEER} requests of this peer are under way`, {
          details: { retryAfterMs: 1_000 }
        })
      }
      await serveOne(framed, peerId, init, serving)
      init.onEnd?.(peerId, 'ok')
    } catch (error) {
      const failure = toP2paiError(error)
      init.onEnd?.(peerId, failure.code, error)
      await sayFailure(framed, serving.encodeError, failure)
    } finally {
      streamsOf.set(peerId, (streamsOf.get(peerId) ?? 1) - 1)
      if (streamsOf.get(peerId) === 0) streamsOf.delete(peerId)
    }
  }
}

async function serveOne<Request extends { deadlineMs?: number }>(
  framed: FramedStream,
  peerId: string,
  init: ServeInit,
  serving: Serving<Request>
): Promise<void> {
  const abort = new AbortController()
  const isGone = () => abort.abort(framed.failure ?? new AbortedError('the asking peer is gone'))
  framed.stream.addEventListener('close', isGone)
  const request = serving.decode(await readRequest(framed, init.requestTimeoutMs))
  const deadline = startDeadline(request.deadlineMs, abort)
  try {
    await serving.answer({ framed, peerId, request, abort })
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
async function sayFailure(
  framed: FramedStream,
  encodeError: (error: P2paiError) => Uint8Array,
  failure: P2paiError
): Promise<void> {
  try {
    await framed.write(encodeError(failure.code === 'internal' ? new InternalError(INTERNAL_MESSAGE) : failure))
    await framed.close()
  } catch (error) {
    framed.fail(error instanceof ProviderLostError ? failure : toP2paiError(error))
  }
}
