import { InvalidRequestError, type MediaPart } from '../../interface/index.ts'

/**
 * The content of a `data:` URL. Others are refused: fetching what a client names would let it reach into this
 * machine's network. Throws `InvalidRequestError`.
 */
export function mediaFromUrl(url: string, field: string): MediaPart {
  const match = /^data:([\w.+-]+\/[\w.+-]+);base64,([A-Za-z0-9+/]*={0,2})$/.exec(url)
  if (match === null) {
    throw new InvalidRequestError(`${field}: only data: URLs in base64 are read`, { details: { field } })
  }
  return { type: 'media', mediaType: match[1]!, data: new Uint8Array(Buffer.from(match[2]!, 'base64')) }
}
