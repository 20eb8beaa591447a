import {
  checkMediaSizes,
  type GenerateRequest,
  InvalidRequestError,
  type MediaPart,
  mediaBytes,
  mediaParts
} from '../../interface/index.ts'

/** Media that have fewer bytes together stay in the request's own frame, beside 1 MiB of text. */
export const INLINE_MEDIA_BYTES = 32 << 10
/** Largest frame of an attachment. */
export const MAX_ATTACHMENT_FRAME_BYTES = 1 << 20
/** Smallest frame of an attachment that is not its last, so that millions of tiny ones cannot fill the memory. */
export const MIN_ATTACHMENT_FRAME_BYTES = 16 << 10
/** What is sent at once: below what a stream may leave unsent, `framed-stream.ts`. */
const SENT_FRAME_BYTES = 256 << 10

/** A part whose data follows the request. */
export interface Attachment {
  part: MediaPart
  /** How many bytes it has, as the other side says. */
  bytes: number
}

/** The parts that travel in frames of their own: all media, or none while they are small. */
export function attachmentsOf({ messages }: GenerateRequest): MediaPart[] {
  return mediaBytes(messages) < INLINE_MEDIA_BYTES ? [] : mediaParts(messages)
}

/** The frames of attachments, in the order of their parts; none holds bytes of two. */
export function* attachmentFrames(parts: readonly MediaPart[]): Generator<Uint8Array> {
  for (const { data } of parts) {
    for (let at = 0; at < data.byteLength; at += SENT_FRAME_BYTES) yield data.subarray(at, at + SENT_FRAME_BYTES)
  }
}

/** How many bytes attachments have together. */
export function bytesOf(attachments: readonly Attachment[]): number {
  return attachments.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Checks what a stranger declares, before anything is allocated. Throws `InvalidRequestError` or `PayloadTooLargeError`. */
export function checkDeclared(attachments: readonly Attachment[]): void {
  if (attachments.some(({ bytes }) => bytes === 0)) {
    throw new InvalidRequestError('messages have an attachment without bytes', { details: { field: 'messages' } })
  }
  checkMediaSizes(attachments.map(({ bytes }) => bytes))
}

/** The request as far as it is there, to be checked before the rest is waited for. */
export function withoutAttachments(request: GenerateRequest, attachments: readonly Attachment[]): GenerateRequest {
  const awaited = new Set<unknown>(attachments.map(({ part }) => part))
  const messages = request.messages.map(message => ({
    ...message,
    parts: message.parts.filter(part => !awaited.has(part))
  }))
  return { ...request, messages }
}
