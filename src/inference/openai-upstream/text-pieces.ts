/** Three bytes a unit at most, so that a delta fits a frame of 64 KiB. */
const MAX_PIECE_LENGTH = 16 << 10

/** A text in pieces that fit the wire, none of which ends inside a character. */
export function inPieces(text: string, maxLength = MAX_PIECE_LENGTH): string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + maxLength)
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--
    pieces.push(text.slice(at, end))
    at = end
  }
  return pieces
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}
