import type { Stream } from '@libp2p/interface'
import {
  BusyError,
  DeadlineExceededError,
  type EngineEvent,
  PayloadTooLargeError,
  ProtocolError,
  ProviderLostError,
  ProviderSilentError,
  type RemoteGenerate,
  throwIfAborted,
  toP2paiError
} from '../../interface/index.ts'
import { FramedStream } from '../framed-stream.ts'
import { AnswerState } from './answer-state.ts'
import { encodeAcknowledgement } from './client-frames.ts'
import {
  ACCEPT_TIMEOUT_MS,
  MAX_EVENT_FRAME_BYTES,
  MAX_REQUEST_FRAME_BYTES,
  REQUEST_TIMEOUT_MS,
  SILENCE_MS
} from './constants.ts'
import { decodeServerFrame, type ServerMessage } from './event-codec.ts'
import { encodeRequest } from './request-codec.ts'

/** The slowest line that a request is waited for on: 16 kB/s, a poor mobile uplink. */
const SLOW_LINE_BYTES_PER_MS = 16
const MAX_TRANSFER_MS = 8_000

/** What the asking side needs. */
export interface InferClientInit {
  /** Dials the peer if needed. Throws `ProviderUnreachableError`. */
  openStream: (peer: string, signal: AbortSignal) => Promise<Stream>
  /** From the request to the first frame. @default 2000 */
  acceptTimeoutMs?: number
  /** Between any two frames after it. @default 3000 */
  silenceMs?: number
}

/** The asking side of `/p2p-ai/infer/1.0`: sends one request on a stream of its own and yields what comes back. */
export function inferClient(init: InferClientInit): RemoteGenerate {
  const acceptTimeoutMs = init.acceptTimeoutMs ?? ACCEPT_TIMEOUT_MS
  const silenceMs = init.silenceMs ?? SILENCE_MS
  return async function* (peer, request, signal) {
    throwIfAborted(signal)
    const frame = encodeRequest(request)
    if (frame.byteLength > MAX_REQUEST_FRAME_BYTES) {
      throw new PayloadTooLargeError(
        `the request has ${frame.byteLength} bytes, the limit is ${MAX_REQUEST_FRAME_BYTES}`
      )
    }
    const framed = new FramedStream(await init.openStream(peer, signal), { maxFrameBytes: MAX_EVENT_FRAME_BYTES })
    const cancel = () => framed.fail(toP2paiError(signal.reason))
    signal.addEventListener('abort', cancel)
    if (signal.aborted) cancel()
    // The provider has the same clock; this one is for a provider that does not look at it.
    const { deadlineMs } = request
    const deadline =
      deadlineMs &&
      framed.watchdog(
        deadlineMs,
        () => new DeadlineExceededError(`no whole answer within ${Math.round(deadlineMs)} ms`)
      )
    try {
      yield* readAnswer(framed, frame, { acceptTimeoutMs, silenceMs })
    } finally {
      if (deadline) deadline.stop()
      signal.removeEventListener('abort', cancel)
      // A stream that is left before its end is reset, which frees the provider's slot.
      if (framed.stream.status === 'open') framed.stream.abort(new Error('the request is over'))
    }
  }
}

interface Patience {
  acceptTimeoutMs: number
  silenceMs: number
}

async function* readAnswer(framed: FramedStream, request: Uint8Array, patience: Patience): AsyncGenerator<EngineEvent> {
  const state = new AnswerState()
  const acknowledge = acknowledger(framed, state)
  const doesNotAnswer = () => new ProviderSilentError('the provider does not answer')
  // A long prompt on a slow line takes its time, as much as the provider gives it.
  let watchdog = framed.watchdog(REQUEST_TIMEOUT_MS, doesNotAnswer)
  try {
    await framed.write(request)
    watchdog.stop()
    // What was written may still be on its way: a slow line must not make an honest provider look dead.
    const transferMs = Math.min(MAX_TRANSFER_MS, request.byteLength / SLOW_LINE_BYTES_PER_MS)
    watchdog = framed.watchdog(patience.acceptTimeoutMs + transferMs, doesNotAnswer)
    for (;;) {
      const message = await readMessage(framed, state)
      if (message.kind === 'error') throw message.error
      // Not a sign of life either: the clock goes on.
      if (message.kind === 'unknown') continue
      state.advance(message.event)
      // While the consumer works the provider is not silent; the clock runs only while a frame is awaited.
      watchdog.stop()
      await acknowledge(message)
      // Before the end is given out, since most readers leave there. The answer is whole, whatever the stream does now.
      if (state.isEnded) await framed.close().catch(() => undefined)
      yield message.event
      if (state.isEnded) return
      watchdog = framed.watchdog(patience.silenceMs, () => new ProviderSilentError('the provider fell silent'))
    }
  } finally {
    watchdog.stop()
  }
}

async function readMessage(framed: FramedStream, state: AnswerState): Promise<ServerMessage> {
  let body: Uint8Array | undefined
  try {
    body = await framed.read()
  } catch (error) {
    // A provider over its stream limit resets before it says a word: libp2p leaves it no other way.
    if (error instanceof ProviderLostError && !state.isAccepted && framed.stream.status === 'reset') {
      throw new BusyError('the provider takes no more streams', { cause: error, details: { retryAfterMs: 1_000 } })
    }
    throw error
  }
  if (body === undefined) throw new ProviderLostError('the provider ended the stream without an end')
  try {
    return decodeServerFrame(body)
  } catch (error) {
    if (error instanceof ProtocolError) framed.fail(error)
    throw error
  }
}

/** Acknowledges delivered tokens where the provider asked for it by it in `accepted`. */
function acknowledger(framed: FramedStream, state: AnswerState): (message: ServerMessage) => Promise<void> {
  let every = 0
  let acknowledged = 0
  return async message => {
    if (message.kind !== 'event') return
    if (message.event.type === 'accepted') every = message.acknowledgeEveryTokens
    if (every === 0 || state.isEnded || state.tokens - acknowledged < every) return
    acknowledged = state.tokens
    await framed.write(encodeAcknowledgement(acknowledged))
  }
}
