import {
  type DeltaEvent,
  type EndEvent,
  type EngineEvent,
  type FinishReason,
  type P2paiError,
  ProtocolError
} from '../../interface/index.ts'
import { decodeFailure, encodeFailure } from '../failure-codec.ts'
import { packNumbers, unpackNumbers } from '../packed.ts'
import { isJobNonce } from '../receipt/job-id.ts'
import { checkFrame, type Texts } from '../strict-frame.ts'
import { decodeAccepted, decodeProgress, encodeAccepted, encodeProgress } from '../taken-codec.ts'
import { whole } from '../whole.ts'
import { DeclinedError } from './declined.ts'
import * as pb from './infer.pb.ts'

const TOP_LOGPROB: Texts = { 1: 'text' }
const TOKEN_LOGPROB: Texts = { 1: 'text', 3: TOP_LOGPROB }
const TOOL_CALL: Texts = { 1: 'text', 2: 'text', 3: 'text' }
/** The texts of `ServerFrame` in `infer.proto`. */
const SERVER_FRAME: Texts = {
  1: { 2: 'text' },
  2: {},
  3: { 1: 'text', 5: TOKEN_LOGPROB, 6: TOOL_CALL },
  4: { 10: 'text' },
  5: { 1: 'text', 2: 'text', 3: 'text', 7: 'text' }
}
const REASONS: Record<FinishReason, number> = { stop: 1, length: 2, tool_calls: 3 }

/** On what terms a job is done, as `accepted` tells them. */
export interface JobTerms {
  acknowledgeEveryTokens: number
  /** The provider's half of the job's id. */
  jobNonce: Uint8Array
  pricePerKiloToken: number
}

/** What goes with an event and is no business of engines. */
export interface EventExtras {
  /** With `accepted`, where the provider keeps books. */
  terms?: JobTerms
  /** With `end`: the sealed receipt. */
  receipt?: Uint8Array
}

/** What a provider's frame says: an event with what goes with it, or a failure. */
export type ServerMessage =
  | ({ kind: 'event'; event: EngineEvent } & EventExtras)
  | { kind: 'error'; error: P2paiError }
  /** Of a later version: to be passed over. */
  | { kind: 'unknown' }

/** An event as one frame. */
export function encodeEvent(event: EngineEvent, { terms, receipt }: EventExtras = {}): Uint8Array {
  switch (event.type) {
    case 'accepted':
      return pb.ServerFrame.encode({ accepted: { ...encodeAccepted(event), ...encodeTerms(terms) } })
    case 'progress':
      return pb.ServerFrame.encode({ progress: encodeProgress(event) })
    case 'delta':
      return pb.ServerFrame.encode({ delta: encodeDelta(event) })
    case 'end':
      return pb.ServerFrame.encode({ end: { ...encodeEnd(event), receipt: new Uint8Array(receipt ?? []) } })
  }
}

/** A failure as the last frame. Only its code, its message and its details leave this machine. */
export function encodeError(error: P2paiError): Uint8Array {
  const quote = new Uint8Array(error instanceof DeclinedError ? error.sealedQuote : [])
  return pb.ServerFrame.encode({ error: { ...encodeFailure(error), quote } })
}

/** Reads a provider's frame. Throws `ProtocolError` when it is none, or has a value out of its range. */
export function decodeServerFrame(bytes: Uint8Array): ServerMessage {
  let frame: pb.ServerFrame
  try {
    frame = pb.ServerFrame.decode(bytes)
    checkFrame(bytes, SERVER_FRAME)
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError('a frame is not a message of this protocol', { cause: error })
  }
  if (frame.error !== undefined) return { kind: 'error', error: decodeError(frame.error) }
  if (frame.accepted !== undefined) {
    const { acknowledgeEveryTokens, jobNonce, pricePerKiloToken } = frame.accepted
    const terms = { acknowledgeEveryTokens, jobNonce, pricePerKiloToken }
    const event = decodeAccepted(frame.accepted)
    return { kind: 'event', event, ...(acknowledgeEveryTokens > 0 && isJobNonce(jobNonce) && { terms }) }
  }
  const event = decodeLater(frame)
  if (event === undefined) return { kind: 'unknown' }
  const receipt = frame.end?.receipt ?? new Uint8Array(0)
  return { kind: 'event', event, ...(receipt.byteLength > 0 && { receipt }) }
}

function encodeTerms(terms?: JobTerms): Pick<pb.Accepted, 'acknowledgeEveryTokens' | 'jobNonce' | 'pricePerKiloToken'> {
  return {
    acknowledgeEveryTokens: terms?.acknowledgeEveryTokens ?? 0,
    jobNonce: new Uint8Array(terms?.jobNonce ?? []),
    pricePerKiloToken: whole(terms?.pricePerKiloToken ?? 0)
  }
}

function decodeError(raw: pb.Error): P2paiError {
  const error = decodeFailure(raw)
  return error.code === 'busy' && raw.quote.byteLength > 0
    ? new DeclinedError(error.message, raw.quote, error.details)
    : error
}

function decodeLater(frame: pb.ServerFrame): EngineEvent | undefined {
  if (frame.progress !== undefined) return decodeProgress(frame.progress)
  if (frame.delta !== undefined) return decodeDelta(frame.delta)
  return frame.end === undefined ? undefined : decodeEnd(frame.end)
}

function encodeDelta(event: DeltaEvent): pb.Delta {
  return {
    text: event.text.toWellFormed(),
    tokenIds: packNumbers(event.tokenIds ?? []),
    // The ids tell the count; the field is for engines that have none.
    tokenCount: event.tokenIds?.length === event.tokenCount ? 0 : whole(event.tokenCount),
    thought: event.channel === 'thought',
    logprobs: event.logprobs ?? [],
    toolCalls: event.toolCalls ?? []
  }
}

function decodeDelta(raw: pb.Delta): DeltaEvent {
  const tokenIds = unpackNumbers(raw.tokenIds)
  if (raw.tokenCount !== 0 && tokenIds.length > 0 && tokenIds.length !== raw.tokenCount)
    throw new ProtocolError('a delta has another number of ids than of tokens')
  const event: DeltaEvent = {
    type: 'delta',
    channel: raw.thought ? 'thought' : 'answer',
    text: raw.text,
    tokenCount: Math.max(raw.tokenCount, tokenIds.length)
  }
  if (tokenIds.length > 0) event.tokenIds = tokenIds
  if (raw.logprobs.length > 0) event.logprobs = raw.logprobs
  if (raw.toolCalls.length > 0) event.toolCalls = raw.toolCalls
  return event
}

function encodeEnd(event: EndEvent): Omit<pb.End, 'receipt'> {
  return {
    finishReason: REASONS[event.finishReason],
    promptTokens: event.usage.promptTokens,
    cachedPromptTokens: event.usage.cachedPromptTokens,
    completionTokens: event.usage.completionTokens,
    queuedMs: whole(event.timings.queuedMs),
    prefillMs: whole(event.timings.prefillMs),
    decodeMs: whole(event.timings.decodeMs),
    conversationTag: new Uint8Array(event.conversationTag ?? []),
    thoughtTokens: event.usage.thoughtTokens ?? 0,
    stopSequence: event.stopSequence ?? ''
  }
}

function decodeEnd(raw: pb.End): EndEvent {
  if (raw.finishReason === 0) throw new ProtocolError('an end frame has no reason')
  // The answer is whole, whatever a later version calls the reason.
  const finishReason = keyOf(REASONS, raw.finishReason) ?? 'stop'
  const { promptTokens, cachedPromptTokens, completionTokens, queuedMs, prefillMs, decodeMs } = raw
  if (cachedPromptTokens > promptTokens) throw new ProtocolError('an end frame has more cached tokens than the prompt')
  const event: EndEvent = {
    type: 'end',
    finishReason,
    usage: { promptTokens, cachedPromptTokens, completionTokens },
    timings: { queuedMs, prefillMs, decodeMs }
  }
  if (raw.thoughtTokens > 0) event.usage.thoughtTokens = Math.min(raw.thoughtTokens, completionTokens)
  if (raw.stopSequence !== '') event.stopSequence = raw.stopSequence
  if (raw.conversationTag.byteLength > 0) event.conversationTag = raw.conversationTag.subarray(0, 64)
  return event
}

function keyOf<Key extends string, Value>(table: Record<Key, Value>, value: Value): Key | undefined {
  return (Object.keys(table) as Key[]).find(key => table[key] === value)
}
