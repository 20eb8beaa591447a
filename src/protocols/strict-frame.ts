import { ProtocolError } from '../interface/index.ts'

/** Where texts are in a message: a field is a text, or a message with texts in it. */
export interface Texts {
  [field: number]: 'text' | Texts
}

const LENGTH_DELIMITED = 2

/**
 * Checks what the generated codec lets pass in a provider's frame: that it has one kind, of which the codec takes the
 * last, and that texts are UTF-8, which the codec makes up where they are not. For frames that the codec has read.
 * The own fields of `texts` are the kinds that a frame has one of.
 */
export function checkFrame(bytes: Uint8Array, texts: Texts): void {
  const kinds = check(bytes, texts)
  if (kinds > 1) throw new ProtocolError('a frame is of more than one kind')
}

/** Returns how many fields of the message are known. */
function check(bytes: Uint8Array, texts: Texts): number {
  let known = 0
  for (const { field, body } of fieldsOf(bytes)) {
    const kind = texts[field]
    if (kind === undefined) continue
    known++
    if (kind === 'text') checkText(body)
    else check(body, kind)
  }
  return known
}

function checkText(bytes: Uint8Array): void {
  try {
    // A decoder that threw keeps what it had begun, so each text has its own.
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new ProtocolError('a text is not UTF-8', { cause: error })
  }
}

/** The fields that have a length before them; numbers are skipped. */
function* fieldsOf(bytes: Uint8Array): Generator<{ field: number; body: Uint8Array }> {
  let at = 0
  const readVarint = (): number => {
    let value = 0
    for (let shift = 0; at < bytes.byteLength; shift += 7) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    return value
  }
  while (at < bytes.byteLength) {
    const tag = readVarint()
    const wireType = tag % 8
    if (wireType === LENGTH_DELIMITED) {
      const length = readVarint()
      yield { field: Math.floor(tag / 8), body: bytes.subarray(at, at + length) }
      at += length
    } else if (wireType === 0) readVarint()
    else if (wireType === 1) at += 8
    else if (wireType === 5) at += 4
    else throw new ProtocolError('a frame has a field of a kind that is not read')
  }
}
