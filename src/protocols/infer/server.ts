import { pipe } from 'it-pipe'
import { type EngineEvent, type GenerateRequest, InternalError, toP2paiError } from '../../interface/index.ts'
import type { FramedStream } from '../framed-stream.ts'
import { type Served, type ServeInit, type StreamHandler, serveStreams } from '../serving.ts'
import { untilAborted } from '../until-aborted.ts'
import { AnswerState } from './answer-state.ts'
import { AttachmentRoom } from './attachment-room.ts'
import { bytesOf } from './attachments.ts'
import { readClientFrames } from './client-frames.ts'
import { JOIN_DELTAS_MS, MAX_EVENT_FRAME_BYTES } from './constants.ts'
import { DeclinedError } from './declined.ts'
import { encodeError, encodeEvent } from './event-codec.ts'
import { joinDeltas } from './join-deltas.ts'
import { decodeIncoming, type Incoming, readAttachments, refuseUnreadable } from './read-attachments.ts'

/** What the serving side needs. */
export interface InferServerInit extends ServeInit {
  /** Judges the bounds of a request before any work: a sealed quote when they cannot be met. @default engines judge */
  declines?: (request: GenerateRequest, peerId: string) => Promise<Uint8Array | undefined>
}

/** The serving side of `/p2p-ai/infer/1.0`: one call a stream. It never rejects; every end is written or resets. */
export function inferServer(init: InferServerInit): StreamHandler {
  const room = new AttachmentRoom()
  return serveStreams<Incoming>(init, {
    decode: decodeIncoming,
    answer: async ({ request: incoming, ...served }) => {
      const { request, attachments } = incoming
      if (attachments.length === 0) return await answer(init, { ...served, request })
      await refuseUnreadable(init.engine, incoming)
      const release = room.take(served.peerId, bytesOf(attachments))
      try {
        await answer(init, { ...served, request: await wholeRequest(served, incoming) })
      } finally {
        release()
      }
    },
    encodeError
  })
}

/** The request with its attachments. A deadline, or an asker that leaves, ends the reading too. */
async function wholeRequest(
  { framed, abort }: Pick<Served<Incoming>, 'framed' | 'abort'>,
  incoming: Incoming
): Promise<GenerateRequest> {
  const stop = () => framed.fail(toP2paiError(abort.signal.reason))
  abort.signal.addEventListener('abort', stop)
  try {
    return await readAttachments(framed, incoming)
  } finally {
    abort.signal.removeEventListener('abort', stop)
  }
}

async function answer(
  init: InferServerInit,
  { framed, peerId, request: bounded, abort }: Served<GenerateRequest>
): Promise<void> {
  const request = await withoutBounds(bounded, peerId, init)
  const state = new AnswerState(request.stop)
  readClientFrames(framed, () => state.tokens).catch((error: unknown) => framed.fail(toP2paiError(error)))
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
}

/** The request as the engine gets it: its bounds were judged. */
async function withoutBounds(
  request: GenerateRequest,
  peerId: string,
  { declines }: InferServerInit
): Promise<GenerateRequest> {
  if (request.acceptIf === undefined || declines === undefined) return request
  const sealedQuote = await declines(request, peerId)
  if (sealedQuote !== undefined) throw new DeclinedError('the bounds of the request cannot be met now', sealedQuote)
  const { acceptIf: _judged, ...rest } = request
  return rest
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
