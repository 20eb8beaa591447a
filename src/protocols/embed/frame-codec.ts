import { type AcceptedEvent, type P2paiError, type ProgressEvent, ProtocolError } from '../../interface/index.ts'
import { decodeFailure, encodeFailure } from '../failure-codec.ts'
import { checkFrame, type Texts } from '../strict-frame.ts'
import { decodeAccepted, decodeProgress, encodeAccepted, encodeProgress } from '../taken-codec.ts'
import { whole } from '../whole.ts'
import { FLOAT_BYTES, MAX_DIMENSIONS, MAX_VALUES_BYTES } from './constants.ts'
import * as pb from './embed.pb.ts'
import { packFloats, unpackFloats } from './values.ts'

/** The texts of `ServerFrame` in `embed.proto`. */
const SERVER_FRAME: Texts = {
  1: { 2: 'text' },
  2: {},
  3: {},
  4: {},
  5: { 1: 'text', 2: 'text', 3: 'text', 7: 'text' },
  6: {}
}

/** What a provider's frame says. */
export type ServerMessage =
  | { kind: 'event'; event: AcceptedEvent | ProgressEvent }
  | { kind: 'vectors'; vectors: Float32Array[] }
  | { kind: 'scores'; scores: number[] }
  | { kind: 'end'; promptTokens: number }
  | { kind: 'error'; error: P2paiError }
  /** Of a later version: to be passed over. */
  | { kind: 'unknown' }

/** A sign of life as one frame. */
export function encodeEvent(event: AcceptedEvent | ProgressEvent): Uint8Array {
  if (event.type === 'accepted') return pb.ServerFrame.encode({ accepted: encodeAccepted(event) })
  return pb.ServerFrame.encode({ progress: encodeProgress(event) })
}

/** Vectors of one length, as many as `vectorBatches` gives. */
export function encodeVectors(vectors: readonly Float32Array[]): Uint8Array {
  const dimensions = vectors[0]?.length ?? 0
  const values = new Uint8Array(vectors.length * dimensions * FLOAT_BYTES)
  for (const [index, vector] of vectors.entries()) {
    values.set(packFloats(vector, dimensions), index * dimensions * FLOAT_BYTES)
  }
  return pb.ServerFrame.encode({ vectors: { dimensions, values } })
}

export function encodeScores(scores: readonly number[]): Uint8Array {
  return pb.ServerFrame.encode({ scores: { values: packFloats(scores, scores.length) } })
}

export function encodeEnd(promptTokens: number): Uint8Array {
  return pb.ServerFrame.encode({ end: { promptTokens: whole(promptTokens) } })
}

/** A failure as the last frame. Only its code, its message and its details leave this machine. */
export function encodeError(error: P2paiError): Uint8Array {
  return pb.ServerFrame.encode({ error: encodeFailure(error) })
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
  if (frame.error !== undefined) return { kind: 'error', error: decodeFailure(frame.error) }
  if (frame.accepted !== undefined) return { kind: 'event', event: decodeAccepted(frame.accepted) }
  if (frame.progress !== undefined) return { kind: 'event', event: decodeProgress(frame.progress) }
  if (frame.vectors !== undefined) return { kind: 'vectors', vectors: decodeVectors(frame.vectors) }
  if (frame.scores !== undefined) return { kind: 'scores', scores: decodeScores(frame.scores) }
  return frame.end === undefined ? { kind: 'unknown' } : { kind: 'end', promptTokens: frame.end.promptTokens }
}

function decodeVectors({ dimensions, values }: pb.Vectors): Float32Array[] {
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) throw new ProtocolError(`a vector has ${dimensions} dimensions`)
  checkLength(values, dimensions * FLOAT_BYTES)
  const all = unpackFloats(values)
  return Array.from({ length: all.length / dimensions }, (_, index) =>
    all.slice(index * dimensions, (index + 1) * dimensions)
  )
}

function decodeScores({ values }: pb.Scores): number[] {
  checkLength(values, FLOAT_BYTES)
  return [...unpackFloats(values)]
}

function checkLength({ byteLength }: Uint8Array, eachBytes: number): void {
  if (byteLength > 0 && byteLength <= MAX_VALUES_BYTES && byteLength % eachBytes === 0) return
  throw new ProtocolError(`a frame has ${byteLength} bytes of values of ${eachBytes} bytes each`)
}
