import {
  type AcceptedEvent,
  MAX_NAME_LENGTH,
  type ProgressEvent,
  type ProgressPhase,
  ProtocolError
} from '../interface/index.ts'
import { digestFromBytes, digestToBytes } from './hex.ts'
import { whole } from './whole.ts'

const PHASES: Record<ProgressPhase, number> = { queued: 1, loading: 2, prefill: 3, decoding: 4 }

/** The message `Accepted`, as far as all protocols with one request a stream have it. */
export interface AcceptedMessage {
  queuePosition: number
  modelName: string
  modelDigest: Uint8Array<ArrayBuffer>
  contextSizeTokens: number
}

/** The message `Progress`. */
export interface ProgressMessage {
  phase: number
  done: number
  total: number
}

/** `accepted` as it is sent. */
export function encodeAccepted(event: AcceptedEvent): AcceptedMessage {
  return {
    queuePosition: whole(event.queuePosition),
    modelName: event.model.name,
    modelDigest: digestToBytes(event.model.digest),
    contextSizeTokens: whole(event.contextSizeTokens)
  }
}

/** Throws `ProtocolError` when the model is not named. */
export function decodeAccepted(raw: AcceptedMessage): AcceptedEvent {
  const digest = digestFromBytes(raw.modelDigest)
  if (digest === '' || raw.modelName === '' || raw.modelName.length > MAX_NAME_LENGTH) {
    throw new ProtocolError('an accepted frame does not name its model')
  }
  return {
    type: 'accepted',
    queuePosition: raw.queuePosition,
    model: { name: raw.modelName, digest },
    contextSizeTokens: raw.contextSizeTokens
  }
}

/** A sign of life as it is sent. */
export function encodeProgress({ phase, done, total }: ProgressEvent): ProgressMessage {
  return { phase: PHASES[phase], done: whole(done), total: whole(total) }
}

/** Throws `ProtocolError` for one without a phase. */
export function decodeProgress(raw: ProgressMessage): ProgressEvent {
  if (raw.phase === 0) throw new ProtocolError('a progress frame has no phase')
  // A phase of a later version is work of some kind before the answer.
  const phase = (Object.keys(PHASES) as ProgressPhase[]).find(key => PHASES[key] === raw.phase) ?? 'loading'
  return { type: 'progress', phase, done: raw.done, total: raw.total }
}
