import { fromString } from 'uint8arrays/from-string'
import { toString as bytesToString } from 'uint8arrays/to-string'

/** 64 hex digits as 32 bytes. */
export function digestToBytes(digest: string): Uint8Array<ArrayBuffer> {
  return fromString(digest, 'base16')
}

/** 32 bytes as 64 hex digits; empty for any other length. */
export function digestFromBytes(bytes: Uint8Array): string {
  return bytes.byteLength === 32 ? bytesToString(bytes, 'base16') : ''
}
