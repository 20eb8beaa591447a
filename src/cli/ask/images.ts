import { open } from 'node:fs/promises'
import {
  checkMediaSizes,
  InvalidRequestError,
  MAX_MEDIA_BYTES,
  type MediaPart,
  mediaTypeOf,
  PayloadTooLargeError
} from '../../index.ts'

/** The images named on the command line. Throws `InvalidRequestError` or `PayloadTooLargeError` in words. */
export async function readImages(files: readonly string[] = []): Promise<MediaPart[]> {
  const images: MediaPart[] = []
  for (const file of files) {
    images.push(await readImage(file))
    checkMediaSizes(images.map(({ data }) => data.byteLength))
  }
  return images
}

async function readImage(file: string): Promise<MediaPart> {
  const details = { field: 'image' }
  try {
    await using handle = await open(file)
    const { size } = await handle.stat()
    if (size > MAX_MEDIA_BYTES) {
      throw new PayloadTooLargeError(`${file} has ${size} bytes, the limit is ${MAX_MEDIA_BYTES}`, { details })
    }
    const data = new Uint8Array(await handle.readFile())
    const mediaType = mediaTypeOf(data)
    if (mediaType !== undefined) return { type: 'media', mediaType, data }
  } catch (error) {
    if (error instanceof PayloadTooLargeError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    const problem = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message
    throw new InvalidRequestError(`cannot read ${file}: ${problem}`, { cause: error, details })
  }
  throw new InvalidRequestError(`${file} is no PNG, JPEG, WebP or GIF`, { details })
}
