import {
  canDo,
  type GenerateRequest,
  type InferenceEngine,
  InvalidRequestError,
  ProtocolError,
  servesModel,
  UnsupportedFeatureError,
  validateRequest
} from '../../interface/index.ts'
import type { FramedStream } from '../framed-stream.ts'
import { transferMs } from '../stream-limits.ts'
import {
  type Attachment,
  bytesOf,
  checkDeclared,
  MAX_ATTACHMENT_FRAME_BYTES,
  MIN_ATTACHMENT_FRAME_BYTES,
  withoutAttachments
} from './attachments.ts'
import { decodeRequest } from './request-codec.ts'

/** A request whose attachments may still be on their way. All else of it is checked. */
export interface Incoming {
  request: GenerateRequest
  attachments: Attachment[]
  deadlineMs?: number
  /** The asker's half of the job's id. */
  jobNonce?: Uint8Array
}

/** Reads a stranger's first frame. Throws like `validateRequest`. */
export function decodeIncoming(body: Uint8Array): Incoming {
  const { request, attachments, jobNonce } = decodeRequest(body)
  checkDeclared(attachments)
  const checked = validateRequest(withoutAttachments(request, attachments))
  const { deadlineMs } = checked
  const whole = { ...checked, messages: request.messages }
  const extras = { ...(deadlineMs !== undefined && { deadlineMs }), ...(jobNonce && { jobNonce }) }
  return { request: whole, attachments, ...extras }
}

/** Throws `UnsupportedFeatureError` unless a model here that may answer reads images: nobody should send them in vain. */
export async function refuseUnreadable(engine: InferenceEngine, { request }: Incoming): Promise<void> {
  const models = await engine.models()
  if (models.some(model => servesModel(request.model, model, 'images') && canDo(model.features, 'images'))) return
  throw new UnsupportedFeatureError('no model here reads images', { details: { field: 'messages' } })
}

/** Reads what was declared, piece by piece, and gives back the whole request. Throws `ProtocolError` or `InvalidRequestError`. */
export async function readAttachments(
  framed: FramedStream,
  { request, attachments }: Incoming
): Promise<GenerateRequest> {
  const watchdog = framed.watchdog(
    transferMs(bytesOf(attachments)),
    () => new ProtocolError('the images did not arrive in time')
  )
  try {
    for (const { part, bytes } of attachments) part.data = await readOne(framed, bytes)
  } finally {
    watchdog.stop()
  }
  return validateRequest(request)
}

async function readOne(framed: FramedStream, bytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for (let missing = bytes; missing > 0; ) {
    const piece = await framed.read()
    if (piece === undefined)
      throw new InvalidRequestError('the stream ended before its images', { details: { field: 'messages' } })
    missing -= piece.byteLength
    const isTooSmall = missing > 0 && piece.byteLength < MIN_ATTACHMENT_FRAME_BYTES
    if (missing < 0 || isTooSmall || piece.byteLength > MAX_ATTACHMENT_FRAME_BYTES) {
      throw new ProtocolError('the frames of an image do not have the sizes that they must have')
    }
    pieces.push(piece)
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}
