import { InvalidRequestError, PayloadTooLargeError } from './errors.ts'
import { MAX_MEDIA_BYTES, MAX_MEDIA_PARTS } from './limits.ts'
import { mediaTypeOf } from './media-type.ts'
import type { MediaPart, Message, Role } from './messages.ts'

/** All media of a conversation, in order. */
export function mediaParts(messages: readonly Message[]): MediaPart[] {
  return messages.flatMap(message => message.parts.filter(part => part.type === 'media'))
}

/** How many bytes all media of a conversation have. */
export function mediaBytes(messages: readonly Message[]): number {
  return mediaParts(messages).reduce((sum, { data }) => sum + data.byteLength, 0)
}

/** Checks one part of a message of this role. Throws `InvalidRequestError`. */
export function checkMediaPart({ mediaType, data }: MediaPart, role: Role, field: string): void {
  const fail = (problem: string): never => {
    throw new InvalidRequestError(`${field} ${problem}`, { details: { field } })
  }
  if (role !== 'user') fail('has media, which only messages of the user may have')
  const found = mediaTypeOf(data)
  if (found === undefined) fail('has data that is no PNG, JPEG, WebP or GIF')
  if (mediaType !== found) fail(`is called ${JSON.stringify(mediaType.slice(0, 64))}, but is ${found}`)
}

/** Bounds the media of one request by number and size. Throws `PayloadTooLargeError`. */
export function checkMediaSizes(sizes: readonly number[]): void {
  const details = { field: 'messages' }
  if (sizes.length > MAX_MEDIA_PARTS) {
    throw new PayloadTooLargeError(`the messages have ${sizes.length} images, the limit is ${MAX_MEDIA_PARTS}`, {
      details
    })
  }
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  if (bytes > MAX_MEDIA_BYTES) {
    throw new PayloadTooLargeError(`the images have ${bytes} bytes, the limit is ${MAX_MEDIA_BYTES}`, { details })
  }
}
