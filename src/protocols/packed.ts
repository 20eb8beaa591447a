import { ProtocolError } from '../interface/index.ts'

/**
 * Numbers as unsigned varints one after the other: what protobuf calls a packed `repeated uint32`. The generated
 * codec reads only the unpacked form, which takes a tag a number, so such fields are `bytes` to it.
 */
export function packNumbers(numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  for (const number of numbers) {
    let rest = number
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
    bytes.push(rest)
  }
  return Uint8Array.from(bytes)
}

/** Reads what `packNumbers` wrote. Throws `ProtocolError` for a number above 32 bits or one that is cut. */
export function unpackNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (const byte of bytes) {
    value += (byte & 0x7f) * 2 ** shift
    if (value > 0xffffffff) throw new ProtocolError('a packed number has more than 32 bits')
    if (byte >= 0x80) {
      shift += 7
      if (shift > 28) throw new ProtocolError('a packed number has more than 5 bytes')
      continue
    }
    numbers.push(value)
    value = 0
    shift = 0
  }
  if (shift > 0) throw new ProtocolError('a packed number is cut')
  return numbers
}
