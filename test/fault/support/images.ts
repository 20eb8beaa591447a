import type { MediaPart, Message } from '../../../src/interface/index.ts'

/** A file that begins like a PNG and has this many bytes, each image with others. */
export function png(bytes: number, seed = 1): MediaPart {
  const data = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at++) data[at] = (at * 31 + seed * 17) & 0xff
  data.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return { type: 'media', mediaType: 'image/png', data }
}

/** A question about images. */
export function lookAt(...images: MediaPart[]): Message[] {
  return [{ role: 'user', parts: [{ type: 'text', text: 'What is it?' }, ...images] }]
}
