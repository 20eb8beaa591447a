import {
  type AcceptedEvent,
  type DeltaEvent,
  type EndEvent,
  type EngineEvent,
  type ErrorCode,
  type ErrorDetails,
  errorFromCode,
  type FinishReason,
  type P2paiError,
  type ProgressEvent,
  type ProgressPhase,
  ProtocolError
} from '../../interface/index.ts'
import { digestFromBytes, digestToBytes } from '../hex.ts'
import { packNumbers, unpackNumbers } from '../packed.ts'
import * as pb from './infer.pb.ts'
import { checkServerFrame } from './strict-frame.ts'

const PHASES: Record<ProgressPhase, number> = { queued: 1, loading: 2, prefill: 3, decoding: 4 }
const REASONS: Record<FinishReason, number> = { stop: 1, length: 2, tool_calls: 3 }

/** What a provider may say about a failure; the other codes are made at the asking side, or on one machine only. */
export const SENT_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid_request',
  'payload_too_large',
  'context_length_exceeded',
  'unsupported_feature',
  'model_not_found',
  'busy',
  'refused',
  'engine_crashed',
  'engine_stopped',
  'model_quarantined',
  'bad_model',
  'insufficient_memory',
  'deadline_exceeded',
  'slow_reader',
  'protocol_error',
  'aborted',
  'internal'
])

/** What a provider's frame says: an event, the `accepted` event's wish for acknowledgements, or a failure. */
export type ServerMessage =
  | { kind: 'event'; event: EngineEvent; acknowledgeEveryTokens: number }
  | { kind: 'error'; error: P2paiError }
  /** Of a later version: to be passed over. */
  | { kind: 'unknown' }

/** An event as one frame. */
export function encodeEvent(event: EngineEvent): Uint8Array {
  switch (event.type) {
    case 'accepted':
      return pb.ServerFrame.encode({ accepted: encodeAccepted(event) })
    case 'progress':
      return pb.ServerFrame.encode({
        progress: { phase: PHASES[event.phase], done: whole(event.done), total: whole(event.total) }
      })
    case 'delta':
      return pb.ServerFrame.encode({ delta: encodeDelta(event) })
    case 'end':
      return pb.ServerFrame.encode({ end: encodeEnd(event) })
  }
}

/** A failure as the last frame. Only its code, its message and its details leave this machine. */
export function encodeError(error: P2paiError): Uint8Array {
  const { details } = error
  return pb.ServerFrame.encode({
    error: {
      code: SENT_CODES.has(error.code) ? error.code : 'internal',
      message: cut(error.message, 512),
      field: details.field ?? '',
      promptTokens: details.promptTokens,
      contextSizeTokens: details.contextSizeTokens,
      retryAfterMs: details.retryAfterMs === undefined ? undefined : whole(details.retryAfterMs),
      suggestions: (details.suggestions ?? []).slice(0, 4).map(name => cut(name, 128))
    }
  })
}

/** Reads a provider's frame. Throws `ProtocolError` when it is none, or has a value out of its range. */
export function decodeServerFrame(bytes: Uint8Array): ServerMessage {
  let frame: pb.ServerFrame
  try {
    frame = pb.ServerFrame.decode(bytes)
    checkServerFrame(bytes)
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError('a frame is not a message of this protocol', { cause: error })
  }
  if (frame.error !== undefined) return { kind: 'error', error: decodeError(frame.error) }
  if (frame.accepted !== undefined) {
    const acknowledgeEveryTokens = frame.accepted.acknowledgeEveryTokens
    return { kind: 'event', event: decodeAccepted(frame.accepted), acknowledgeEveryTokens }
  }
  const event = decodeLater(frame)
  return event === undefined ? { kind: 'unknown' } : { kind: 'event', event, acknowledgeEveryTokens: 0 }
}

function decodeLater(frame: pb.ServerFrame): EngineEvent | undefined {
  if (frame.progress !== undefined) return decodeProgress(frame.progress)
  if (frame.delta !== undefined) return decodeDelta(frame.delta)
  return frame.end === undefined ? undefined : decodeEnd(frame.end)
}

function encodeAccepted(event: AcceptedEvent): pb.Accepted {
  return {
    queuePosition: whole(event.queuePosition),
    modelName: event.model.name,
    modelDigest: digestToBytes(event.model.digest),
    contextSizeTokens: whole(event.contextSizeTokens),
    acknowledgeEveryTokens: 0
  }
}

function decodeAccepted(raw: pb.Accepted): AcceptedEvent {
  const digest = digestFromBytes(raw.modelDigest)
  if (digest === '' || raw.modelName === '' || raw.modelName.length > 128) {
    throw new ProtocolError('an accepted frame does not name its model')
  }
  return {
    type: 'accepted',
    queuePosition: raw.queuePosition,
    model: { name: raw.modelName, digest },
    contextSizeTokens: raw.contextSizeTokens
  }
}

function decodeProgress(raw: pb.Progress): ProgressEvent {
  if (raw.phase === 0) throw new ProtocolError('a progress frame has no phase')
  // A phase of a later version is work of some kind before the answer.
  const phase = keyOf(PHASES, raw.phase) ?? 'loading'
  return { type: 'progress', phase, done: raw.done, total: raw.total }
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
  if (raw.tokenCount !== 0 && tokenIds.length > raw.tokenCount)
    throw new ProtocolError('a delta has more ids than tokens')
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

function encodeEnd(event: EndEvent): pb.End {
  return {
    finishReason: REASONS[event.finishReason],
    promptTokens: event.usage.promptTokens,
    cachedPromptTokens: event.usage.cachedPromptTokens,
    completionTokens: event.usage.completionTokens,
    queuedMs: whole(event.timings.queuedMs),
    prefillMs: whole(event.timings.prefillMs),
    decodeMs: whole(event.timings.decodeMs),
    conversationTag: new Uint8Array(event.conversationTag ?? []),
    thoughtTokens: event.usage.thoughtTokens ?? 0
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
  if (raw.conversationTag.byteLength > 0) event.conversationTag = raw.conversationTag.subarray(0, 64)
  return event
}

function decodeError(raw: pb.Error): P2paiError {
  const details: ErrorDetails = {}
  if (raw.field !== '') details.field = raw.field.slice(0, 64)
  if (raw.promptTokens !== undefined) details.promptTokens = raw.promptTokens
  if (raw.contextSizeTokens !== undefined) details.contextSizeTokens = raw.contextSizeTokens
  if (raw.retryAfterMs !== undefined) details.retryAfterMs = raw.retryAfterMs
  if (raw.suggestions.length > 0) details.suggestions = raw.suggestions.map(name => cut(name, 128))
  return errorFromCode(SENT_CODES.has(raw.code) ? raw.code : 'internal', cut(raw.message, 512), details)
}

/** A text of at most so many UTF-16 units; half a pair at the cut would not be UTF-8. */
function cut(text: string, maxLength: number): string {
  return text.slice(0, maxLength).toWellFormed()
}

function keyOf<Key extends string, Value>(table: Record<Key, Value>, value: Value): Key | undefined {
  return (Object.keys(table) as Key[]).find(key => table[key] === value)
}

/** A duration or count as the wire has it: whole, not negative, 32 bits. */
function whole(value: number): number {
  return Math.min(0xffffffff, Math.max(0, Math.round(value)))
}
