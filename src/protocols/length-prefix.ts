import { ProtocolError } from '../interface/index.ts'

/** A length takes at most this many bytes: enough for 256 MiB, far above any frame of ours. */
const MAX_PREFIX_BYTES = 4

/** Where a frame's body starts, and how long it is. */
export interface FramePrefix {
  bodyOffset: number
  bodyBytes: number
}

/** Bytes that can be read one by one: a `Uint8ArrayList`, or a `Uint8Array` wrapped in one. */
export interface ByteSource {
  readonly byteLength: number
  get(index: number): number
}

/**
 * Reads an unsigned varint length. Returns `undefined` while bytes are missing. Throws `ProtocolError` for a length
 * of 0, above `maxBodyBytes`, or written in more bytes than needed, before anything is allocated for the body.
 */
export function readPrefix(source: ByteSource, maxBodyBytes: number): FramePrefix | undefined {
  let length = 0
  for (let index = 0; index < source.byteLength; index++) {
    if (index === MAX_PREFIX_BYTES) throw new ProtocolError(`a frame length has more than ${MAX_PREFIX_BYTES} bytes`)
    const byte = source.get(index)
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte >= 0x80) continue
    if (byte === 0 && index > 0) throw new ProtocolError('a frame length is not written in its shortest form')
    if (length === 0) throw new ProtocolError('a frame is empty')
    if (length > maxBodyBytes) throw new ProtocolError(`a frame has ${length} bytes, the limit is ${maxBodyBytes}`)
    return { bodyOffset: index + 1, bodyBytes: length }
  }
  return undefined
}

/** A body with its length before it, in one piece: many small writes take a slow path in the cipher. */
export function withPrefix(body: Uint8Array): Uint8Array {
  const prefix: number[] = []
  let rest = body.byteLength
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) prefix.push((rest % 0x80) | 0x80)
  prefix.push(rest)
  const frame = new Uint8Array(prefix.length + body.byteLength)
  frame.set(prefix)
  frame.set(body, prefix.length)
  return frame
}
