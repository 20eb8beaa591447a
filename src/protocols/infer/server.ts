import { randomBytes } from 'node:crypto'
import { pipe } from 'it-pipe'
import {
  type AcceptedEvent,
  type EngineEvent,
  type GenerateRequest,
  type InferenceEngine,
  InternalError,
  JOB_ID_BYTES,
  ReceiptError,
  RefusedError,
  requestBytes,
  roughTokens,
  toP2paiError
} from '../../interface/index.ts'
import type { FramedStream } from '../framed-stream.ts'
import { jobIdOf } from '../receipt/job-id.ts'
import { type Served, type ServeInit, type StreamHandler, serveStreams } from '../serving.ts'
import { untilAborted } from '../until-aborted.ts'
import { AnswerState } from './answer-state.ts'
import { AttachmentRoom } from './attachment-room.ts'
import { bytesOf } from './attachments.ts'
import type { ProviderBooks, ProviderJob } from './books.ts'
import { readClientFrames } from './client-frames.ts'
import { JOIN_DELTAS_MS, MAX_EVENT_FRAME_BYTES } from './constants.ts'
import { DeclinedError } from './declined.ts'
import { type EventExtras, encodeError, encodeEvent, type JobTerms } from './event-codec.ts'
import { joinDeltas } from './join-deltas.ts'
import { decodeIncoming, type Incoming, readAttachments, refuseUnreadable } from './read-attachments.ts'

/** What the serving side needs. */
export interface InferServerInit extends ServeInit {
  /** Judges the bounds of a request before any work: a sealed quote when they cannot be met. @default engines judge */
  declines?: (request: GenerateRequest, peerId: string) => Promise<Uint8Array | undefined>
  /** Where it is written down what was given, and to whom. @default nowhere: nobody is asked to acknowledge */
  books?: ProviderBooks
}

/** The serving side of `/p2p-ai/infer/1.0`: one call a stream. It never rejects; every end is written or resets. */
export function inferServer(init: InferServerInit): StreamHandler {
  const room = new AttachmentRoom()
  return serveStreams<Incoming>(init, {
    decode: decodeIncoming,
    answer: async ({ request: incoming, ...served }) => {
      const { request, attachments, jobNonce } = incoming
      if (attachments.length === 0) return await answer(init, { ...served, request }, jobNonce)
      await refuseUnreadable(init.engine, incoming)
      const release = room.take(served.peerId, bytesOf(attachments))
      try {
        await answer(init, { ...served, request: await wholeRequest(served, incoming) }, jobNonce)
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
  { framed, peerId, request: bounded, abort }: Served<GenerateRequest>,
  jobNonce?: Uint8Array
): Promise<void> {
  const request = await withoutBounds(bounded, peerId, init)
  const state = new AnswerState({ stop: request.stop })
  const { terms, job, tenant = peerId } = openJob(init.books, { peerId, request, jobNonce })
  const reading = readClientFrames(
    framed,
    () => state.tokens,
    job && (async envelope => await job.acknowledge(envelope))
  )
  const gone = reading.catch((error: unknown) => {
    // What was signed and cannot be true is told to whoever signed it, by name.
    if (error instanceof ReceiptError) abort.abort(error)
    else framed.fail(toP2paiError(error))
  })
  const prompt = { readTokens: 0 }
  const writing = { engine: init.engine, request, framed, state, terms, job, signal: abort.signal, prompt }
  try {
    await pipe(
      untilAborted(init.engine.generate(request, { signal: abort.signal, tenant }), abort.signal),
      events => joinDeltas(events, JOIN_DELTAS_MS),
      async events => {
        try {
          await writeAnswer(writing, events)
        } catch (error) {
          // Before the pipe is taken apart, which would wait for an engine that is in the middle of a token.
          abort.abort(toP2paiError(error))
          // A stream that closed under a write was aborted before; then that is the reason, and the write its echo.
          throw abort.signal.reason
        }
      }
    )
    // The engine is done, and its slot free.
    await job?.settled(gone)
  } finally {
    job?.close(prompt.readTokens)
    if (job === undefined) init.books?.unsigned(peerId, state.tokens + prompt.readTokens)
  }
}

/**
 * Begins a job in the books. Who only counts the tokens of a prompt owes nothing. Who signs nothing is served as a
 * stranger where it costs nothing; else this throws `RefusedError`.
 */
function openJob(
  books: ProviderBooks | undefined,
  { peerId, request, jobNonce }: { peerId: string; request: GenerateRequest; jobNonce: Uint8Array | undefined }
): { terms?: JobTerms; job?: ProviderJob; tenant?: string } {
  if (books === undefined || request.maxTokens === 0) return {}
  const pricePerKiloToken = books.pricePerKiloToken()
  if (jobNonce === undefined) {
    if (pricePerKiloToken > 0) throw new RefusedError('this provider has a price, and serves who signs what it gets')
    return { tenant: books.unsignedTenant(peerId) }
  }
  const ownNonce = randomBytes(JOB_ID_BYTES)
  return {
    terms: { acknowledgeEveryTokens: books.acknowledgeEveryTokens, jobNonce: ownNonce, pricePerKiloToken },
    job: books.open({ peer: peerId, job: jobIdOf(jobNonce, ownNonce), pricePerKiloToken })
  }
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

/** One answer on its way out. */
interface Writing {
  engine: InferenceEngine
  framed: FramedStream
  state: AnswerState
  terms: JobTerms | undefined
  job: ProviderJob | undefined
  signal: AbortSignal
  request: GenerateRequest
  /** How much of the prompt was read: as the engine shows it, then about all of it, at last as it was counted. */
  prompt: { readTokens: number }
}

/**
 * Sends events until the end. An engine that breaks the order of events fails here, and not at the reader. While the
 * asker owes acknowledgements nothing more is taken from the engine.
 */
async function writeAnswer(writing: Writing, events: AsyncIterable<EngineEvent>): Promise<void> {
  const { engine, request, framed, state, terms, job, signal, prompt } = writing
  let model: AcceptedEvent['model'] = { name: '', digest: '' }
  for await (const event of events) {
    if (event.type === 'accepted') model = event.model
    advance(state, event)
    prompt.readTokens = readTokensAt(event, prompt.readTokens, request)
    const receipt = event.type === 'end' ? await job?.receipt(model, event.usage) : undefined
    const frame = encodeChecked(event, { ...(terms && { terms }), ...(receipt && { receipt }) })
    // Before they leave: a write may wait, and the asker may acknowledge what it has before this side hears of it.
    if (event.type === 'delta') job?.delivered(event.tokenCount)
    await framed.write(frame)
    if (state.isEnded) return
    if (event.type === 'delta') await job?.room(signal, () => isCrowded(engine, model.digest))
  }
  throw new InternalError('the engine stopped without an end')
}

function readTokensAt(event: EngineEvent, before: number, request: GenerateRequest): number {
  if (event.type === 'progress' && event.phase === 'prefill') return Math.max(before, event.done)
  // The first token needs the whole prompt.
  if (event.type === 'delta' && event.tokenCount > 0) return Math.max(before, roughTokens(requestBytes(request)))
  if (event.type !== 'end' || request.maxTokens === 0) return before
  return event.usage.promptTokens - event.usage.cachedPromptTokens
}

/** Whether others wait for a slot of this model. */
function isCrowded(engine: InferenceEngine, digest: string): boolean {
  return engine.status().some(status => status.digest === digest && status.queued > 0)
}

function advance(state: AnswerState, event: EngineEvent): void {
  try {
    state.advance(event)
  } catch (error) {
    throw cannotBeSent(error)
  }
}

function encodeChecked(event: EngineEvent, extras: EventExtras): Uint8Array {
  let frame: Uint8Array
  try {
    frame = encodeEvent(event, extras)
  } catch (error) {
    throw cannotBeSent(error)
  }
  if (frame.byteLength <= MAX_EVENT_FRAME_BYTES) return frame
  throw new InternalError(`the engine gave an event of ${frame.byteLength} bytes`)
}

function cannotBeSent(cause: unknown): InternalError {
  return new InternalError('the engine gave an event that cannot be sent', { cause })
}
