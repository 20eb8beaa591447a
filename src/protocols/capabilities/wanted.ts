import { type ModelTask, ProtocolError } from '../../interface/index.ts'
import * as pb from './capabilities.pb.ts'
import { MAX_ADVERTS_PER_SET } from './constants.ts'

/** Tasks as numbers of the wire. */
const TASKS: readonly ModelTask[] = ['chat', 'images', 'embeddings', 'rerank']
const MAX_MODEL_LENGTH = 128

/** A random part of what a peer knows. */
export interface SampleWanted {
  /** At most so many adverts beside the peer's own: 1 to 2,000. */
  count: number
  /** Only providers of this model, as a user would name it. @default any */
  model?: string
  /** What the model shall do, where `model` leaves that open. @default 'chat' */
  task?: ModelTask
}

/** Which adverts a peer is asked for: its own alone, with all others that it knows, or with a part of them. */
export type AdvertsWanted = 'own' | 'all' | SampleWanted

/** Adverts beside the peer's own that an answer may hold. */
export function mostWanted(wanted: AdvertsWanted): number {
  if (wanted === 'own') return 0
  return wanted === 'all' ? MAX_ADVERTS_PER_SET : Math.min(wanted.count, MAX_ADVERTS_PER_SET)
}

/** The body of a request. A longer name is left out: it is nobody's, and a sample of any is what an old peer gives. */
export function encodeWanted(wanted: AdvertsWanted): Uint8Array {
  // An empty message would be an empty frame, so the field is always written.
  if (wanted === 'own') return Uint8Array.of(0x08, 0)
  const { count, model = '', task = 'chat' }: SampleWanted = wanted === 'all' ? { count: 0 } : wanted
  return pb.CapabilitiesRequest.encode({
    all: true,
    sample: count,
    model: model.length > MAX_MODEL_LENGTH ? '' : model,
    task: TASKS.indexOf(task)
  })
}

/** Reads the body of a request. Throws `ProtocolError`. */
export function decodeWanted(body: Uint8Array): AdvertsWanted {
  let raw: pb.CapabilitiesRequest
  try {
    raw = pb.CapabilitiesRequest.decode(body)
  } catch (error) {
    throw new ProtocolError('a request is not a message of this protocol', { cause: error })
  }
  if (!raw.all) return 'own'
  if (raw.sample === 0) return 'all'
  if (raw.model.length > MAX_MODEL_LENGTH) throw new ProtocolError('a request names a model of too many characters')
  const task = TASKS[raw.task]
  if (task === undefined) throw new ProtocolError(`a request is for task ${raw.task}, which is not known`)
  return { count: raw.sample, ...(raw.model !== '' && { model: raw.model }), task }
}
