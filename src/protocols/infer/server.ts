import type { Connection, Stream } from '@libp2p/interface'
import { pipe } from 'it-pipe'
import {
  AbortedError,
  BusyError,
  DeadlineExceededError,
  type EngineEvent,
  type InferenceEngine,
  InternalError,
  InvalidRequestError,
  type P2paiError,
  ProtocolError,
  ProviderLostError,
  toP2paiError,
  validateRequest
} from '../../interface/index.ts'
import { FramedStream } from '../framed-stream.ts'
import { AnswerState } from './answer-state.ts'
import { readClientFrames } from './client-frames.ts'
import {
  JOIN_DELTAS_MS,
  MAX_EVENT_FRAME_BYTES,
  MAX_REQUEST_FRAME_BYTES,
  MAX_STREAMS_PER_PEER,
  REQUEST_TIMEOUT_MS
} from './constants.ts'
import { encodeError, encodeEvent } from './event-codec.ts'
import { joinDeltas } from './join-deltas.ts'
import { decodeRequest } from './request-codec.ts'
import { untilAborted } from './until-aborted.ts'

/** All that a stranger learns of a failure that nobody foresaw: its text may name files of this machine. */
const INTERNAL_MESSAGE = 'the provider could not answer'

/** What the serving side needs. */
export interface InferServerInit {
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

/** The serving side of `/p2p-ai/infer/1.0`: one call a stream. It never rejects; every end is written or resets. */
export function inferServer(init: InferServerInit): (stream: Stream, connection: Connection) => Promise<void> {
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
  const isGone = () => abort.abort(framed.failure ?? new AbortedError('the asking peer is gone'))
  framed.stream.addEventListener('close', isGone)
  const request = validateRequest(decodeRequest(await readRequest(framed, init.requestTimeoutMs)))
  const deadline = startDeadline(request.deadlineMs, abort)
  const state = new AnswerState()
  readClientFrames(framed, () => state.tokens).catch((error: unknown) => framed.fail(toP2paiError(error)))
  try {
    await pipe(
      untilAborted(init.engine.generate(request, { signal: abort.signal, tenant: peerId }), abort.signal),
      events => joinDeltas(events, JOIN_DELTAS_MS),
      async events => {
        try {
          await writeAnswer(framed, state, events)
        } catch (error) {
          // Before the pipe is taken apart, which would wait for an engine that is in the middle of a token.
          abort.abort(toP2paiError(error))
          // A stream that closed under a write was aborted before; then that is the reason, and the write its echo.
          throw abort.signal.reason
        }
      }
    )
    await framed.close()
  } finally {
    clearTimeout(deadline)
    abort.abort(new AbortedError('the request is over'))
  }
}

/** Sends events until the end. An engine that breaks the order of events fails here, and not at the reader. */
async function writeAnswer(
  framed: FramedStream,
  state: AnswerState,
  events: AsyncIterable<EngineEvent>
): Promise<void> {
  for await (const event of events) {
    await framed.write(encodeChecked(event, state))
    if (state.isEnded) return
  }
  throw new InternalError('the engine stopped without an end')
}

function encodeChecked(event: EngineEvent, state: AnswerState): Uint8Array {
  let frame: Uint8Array
  try {
    state.advance(event)
    frame = encodeEvent(event)
  } catch (error) {
    throw new InternalError('the engine gave an event that cannot be sent', { cause: error })
  }
  if (frame.byteLength <= MAX_EVENT_FRAME_BYTES) return frame
  throw new InternalError(`the engine gave an event of ${frame.byteLength} bytes`)
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
    await framed.write(encodeError(failure.code === 'internal' ? new InternalError(INTERNAL_MESSAGE) : failure))
    await framed.close()
  } catch (error) {
    framed.fail(error instanceof ProviderLostError ? failure : toP2paiError(error))
  }
}
