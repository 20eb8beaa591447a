/** Controls that order text right to left: they can make a line read as another one. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
const ESC = 0x1b
const BEL = 0x07
const STRING_TERMINATOR = 0x9c
/** OSC, DCS, SOS, PM, APC: sequences with a text inside. The second byte after ESC, and the C1 control. */
const STRING_INTRODUCERS = new Set([0x5d, 0x50, 0x58, 0x5e, 0x5f, 0x9d, 0x90, 0x98, 0x9e, 0x9f])
/** A text inside a sequence that is longer never ends: it must not swallow the rest of the answer. */
const MAX_STRING_LENGTH = 4096

type State = 'text' | 'escape' | 'intermediate' | 'sequence' | 'string' | 'string-escape'

/**
 * Takes out of a stranger's text what a terminal would obey: escape sequences, control characters other than newline
 * and tab, and bidirectional controls. Keeps its place between chunks, so a sequence cut in two is still seen.
 */
export class PrintableStream {
  private state: State = 'text'
  private stringLength = 0

  /** The harmless part of the next chunk. */
  push(chunk: string): string {
    let kept = ''
    for (const character of chunk) {
      const code = character.codePointAt(0) as number
      if (this.step(code)) kept += character
    }
    return kept.replace(BIDI, '')
  }

  /** Moves on by one character; true when it may be shown. */
  private step(code: number): boolean {
    switch (this.state) {
      case 'text':
        return this.inText(code)
      case 'escape':
        this.state = afterEscape(code)
        this.stringLength = 0
        return false
      case 'intermediate':
        // ESC, then any number of these, then one final byte, as in the choice of a character set.
        if (code >= 0x20 && code <= 0x2f) return false
        this.state = 'text'
        return code >= 0x30 && code <= 0x7e ? false : this.inText(code)
      case 'sequence':
        // Parameters and intermediates run until a final byte; anything else ends a broken sequence and counts as text.
        if (code >= 0x20 && code <= 0x3f) return false
        this.state = 'text'
        return code >= 0x40 && code <= 0x7e ? false : this.inText(code)
      case 'string':
        if (code === ESC) this.state = 'string-escape'
        else if (code === BEL || code === STRING_TERMINATOR || ++this.stringLength > MAX_STRING_LENGTH)
          this.state = 'text'
        return false
      case 'string-escape':
        // ESC \ ends the text; any other ESC begins a sequence of its own.
        this.state = code === 0x5c ? 'text' : afterEscape(code)
        return false
    }
  }

  private inText(code: number): boolean {
    if (code === ESC) this.state = 'escape'
    else if (code === 0x9b) this.state = 'sequence'
    else if (STRING_INTRODUCERS.has(code) && code >= 0x80) {
      this.state = 'string'
      this.stringLength = 0
    } else return code === 0x0a || code === 0x09 || !(code < 0x20 || (code >= 0x7f && code <= 0x9f))
    return false
  }
}

function afterEscape(code: number): State {
  if (code === ESC) return 'escape'
  if (code === 0x5b) return 'sequence'
  if (code >= 0x20 && code <= 0x2f) return 'intermediate'
  return STRING_INTRODUCERS.has(code) ? 'string' : 'text'
}

/** A name, label or message from elsewhere, on one line and without anything that a terminal obeys. */
export function printableLine(text: string): string {
  return new PrintableStream()
    .push(text.replace(/\r\n?/g, '\n'))
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('\t', ' ')
    .trim()
}

/** JSON text whose strings show nothing that a terminal obeys. Parsers read the same values. */
export function printableJson(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value)
    .replace(/[\u007f-\u009f]/g, escaped)
    .replace(BIDI, escaped)
}
