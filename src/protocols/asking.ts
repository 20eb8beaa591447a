import type { Stream } from '@libp2p/interface'
import {
  BusyError,
  DeadlineExceededError,
  PayloadTooLargeError,
  ProtocolError,
  ProviderLostError,
  ProviderSilentError,
  RelayLimitError,
  throwIfAborted,
  toP2paiError
} from '../interface/index.ts'
import { FramedStream } from './framed-stream.ts'
import { SilenceLimit } from './silence-limit.ts'
import {
  ACCEPT_TIMEOUT_MS,
  MAX_REQUEST_FRAME_BYTES,
  MAX_STREAMS_PER_PEER,
  SILENCE_MS,
  SLOW_LINE_BYTES_PER_MS,
  transferMs
} from './stream-limits.ts'

/** Longest time for what was written and is still on its way. */
const MAX_TRANSFER_MS = 8_000

/** What the asking side of a protocol with one request a stream needs. */
export interface AskInit {
  /**
   * Dials the peer if needed. `isEarly`: the request is small enough to be sent before the peer has agreed to the
   * protocol. `mostAtOnce`: as many streams of this protocol the peer answers. Throws `ProviderUnreachableError`, and
   * `BusyError` when that many are open.
   */
  openStream: (peer: string, signal: AbortSignal, options: { isEarly: boolean; mostAtOnce: number }) => Promise<Stream>
  /** Told of a stream that broke: that a relay has cut it at its limit, in words. @default nothing is known */
  whyLost?: (stream: Stream) => string | undefined
  /** From the request to the first frame. @default 2000 */
  acceptTimeoutMs?: number
  /** Between any two frames after it; longer where the stream's own gaps vary, 10 s at most. @default 3000 */
  silenceMs?: number
}

/** Takes the frames of one answer, and knows what may come next. */
export interface AnswerReader<Item> {
  readonly isAccepted: boolean
  readonly isEnded: boolean
  /**
   * What a frame says; undefined for a kind of a later version, which is no sign of life either. Throws what the
   * provider failed with, and `ProtocolError` for what may not come.
   */
  take(body: Uint8Array): Item | undefined
  /** Sends what the provider wants to hear in return, if anything. */
  reply?(framed: FramedStream): Promise<void>
}

/** One request for one peer. */
export interface Question<Item> {
  peer: string
  signal: AbortSignal
  /** The encoded request. */
  frame: Uint8Array
  /** What follows it, while the answer may come already: a provider that wants none of it says so at once. @default nothing */
  rest?: { frames: Iterable<Uint8Array>; bytes: number }
  maxFrameBytes: number
  deadlineMs: number | undefined
  answer: AnswerReader<Item>
}

/** Sends one request on a stream of its own and yields what comes back, until the end. Throws like `RemoteGenerate`. */
export async function* ask<Item>(init: AskInit, question: Question<Item>): AsyncGenerator<Item> {
  const { peer, signal, frame, maxFrameBytes, deadlineMs } = question
  throwIfAborted(signal)
  if (frame.byteLength > MAX_REQUEST_FRAME_BYTES) {
    throw new PayloadTooLargeError(`the request has ${frame.byteLength} bytes, the limit is ${MAX_REQUEST_FRAME_BYTES}`)
  }
  const options = { isEarly: (question.rest?.bytes ?? 0) === 0, mostAtOnce: MAX_STREAMS_PER_PEER }
  const framed = new FramedStream(await init.openStream(peer, signal, options), { maxFrameBytes })
  const cancel = () => framed.fail(toP2paiError(signal.reason))
  signal.addEventListener('abort', cancel)
  if (signal.aborted) cancel()
  // The provider has the same clock; this one is for a provider that does not look at it.
  const deadline =
    deadlineMs &&
    framed.watchdog(deadlineMs, () => new DeadlineExceededError(`no whole answer within ${Math.round(deadlineMs)} ms`))
  try {
    yield* readAnswer(framed, init, question)
  } finally {
    if (deadline) deadline.stop()
    signal.removeEventListener('abort', cancel)
    // A stream that is left before its end is reset, which frees the provider's slot. After it, what was said last may
    // still be on its way, and the stream ends by itself.
    if (framed.stream.status === 'open' && !question.answer.isEnded)
      framed.stream.abort(new Error('the request is over'))
  }
}

async function* readAnswer<Item>(
  framed: FramedStream,
  { acceptTimeoutMs = ACCEPT_TIMEOUT_MS, silenceMs = SILENCE_MS, whyLost = () => undefined }: AskInit,
  { frame, rest = { frames: [], bytes: 0 }, answer }: Question<Item>
): AsyncGenerator<Item> {
  const doesNotAnswer = () => new ProviderSilentError('the provider does not answer')
  // A long prompt on a slow line takes its time, as much as the provider gives it.
  let watchdog = framed.watchdog(transferMs(rest.bytes), doesNotAnswer)
  const silence = new SilenceLimit(silenceMs)
  let isSent = false
  let awaitedSinceMs: number | undefined
  const sent = () => {
    if (isSent) return
    isSent = true
    watchdog.stop()
    // What was written may still be on its way: a slow line must not make an honest provider look dead.
    const onItsWayMs = Math.min(MAX_TRANSFER_MS, (frame.byteLength + rest.bytes) / SLOW_LINE_BYTES_PER_MS)
    watchdog = framed.watchdog(acceptTimeoutMs + onItsWayMs, doesNotAnswer)
  }
  try {
    await framed.write(frame)
    if (rest.bytes === 0) sent()
    // What breaks here breaks the reading too, which knows better why: a provider may have refused in words.
    else void sendAll(framed, rest.frames).then(sent, () => undefined)
    for (;;) {
      const item = await readItem(framed, answer, whyLost)
      // Not a sign of life either: the clock goes on.
      if (item === undefined) continue
      isSent = true
      // While the consumer works the provider is not silent; the clock runs only while a frame is awaited.
      watchdog.stop()
      if (awaitedSinceMs !== undefined) silence.came(performance.now() - awaitedSinceMs)
      await answer.reply?.(framed)
      // Before the end is given out, since most readers leave there. The answer is whole, whatever the stream does now.
      if (answer.isEnded) await framed.close().catch(() => undefined)
      yield item
      if (answer.isEnded) return
      awaitedSinceMs = performance.now()
      watchdog = framed.watchdog(silence.ms, () => new ProviderSilentError('the provider fell silent'))
    }
  } finally {
    isSent = true
    watchdog.stop()
  }
}

async function sendAll(framed: FramedStream, frames: Iterable<Uint8Array>): Promise<void> {
  for (const frame of frames) await framed.write(frame)
}

async function readItem<Item>(
  framed: FramedStream,
  answer: AnswerReader<Item>,
  whyLost: NonNullable<AskInit['whyLost']>
): Promise<Item | undefined> {
  let body: Uint8Array | undefined
  try {
    body = await framed.read()
    if (body === undefined) throw new ProviderLostError('the provider ended the stream without an end')
  } catch (error) {
    const limit = error instanceof ProviderLostError ? whyLost(framed.stream) : undefined
    if (limit !== undefined) throw new RelayLimitError(limit, { cause: error })
    // A provider over its stream limit resets before it says a word: libp2p leaves it no other way.
    if (error instanceof ProviderLostError && !answer.isAccepted && framed.stream.status === 'reset') {
      throw new BusyError('the provider takes no more streams', { cause: error, details: { retryAfterMs: 1_000 } })
    }
    throw error
  }
  try {
    return answer.take(body)
  } catch (error) {
    if (error instanceof ProtocolError) framed.fail(error)
    throw error
  }
}
