/** The media that messages may hold. */
export const MEDIA_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const

/** Enough of a file to tell what it is. */
const MAGIC_BYTES = 12

/**
 * The media type that data really has, by its first bytes; undefined for anything that messages may not hold. What is
 * called an image and is none would reach a decoder that was not made for it.
 */
export function mediaTypeOf(data: Uint8Array): (typeof MEDIA_TYPES)[number] | undefined {
  const text = String.fromCharCode(...data.subarray(0, MAGIC_BYTES))
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif'
  return text.startsWith('RIFF') && text.slice(8) === 'WEBP' ? 'image/webp' : undefined
}
