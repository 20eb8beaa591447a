import type { TokenLogprob } from '../../../interface/index.ts'
import { scanForStops } from './stop-matcher.ts'

/** Turns ids into text; `before` are the ids in front of them, which decide about leading spaces. */
export type Detokenize = (ids: readonly number[], before: readonly number[]) => string

/** Text that may be sent: whole tokens and whole characters, and nothing of a stop string. */
export interface Release {
  text: string
  tokenIds: number[]
  logprobs: TokenLogprob[]
  /** A stop string is complete; nothing follows. */
  stopped: boolean
}

interface Piece {
  ids: number[]
  text: string
  logprobs: TokenLogprob[]
}

/** Tokens that look back far enough for every tokenizer. */
const LOOK_BEHIND_TOKENS = 8
/** A character has at most four bytes; a longer run without a whole one is no text and is let go. */
const MAX_INCOMPLETE_TOKENS = 64
const REPLACEMENT = '\ufffd'

/**
 * Makes text of tokens, one by one. Holds back the bytes of an unfinished character and whatever may become a stop
 * string, so that the texts joined are the whole text, byte for byte.
 */
export class TokenText {
  readonly #detokenize: Detokenize
  readonly #stops: readonly string[]
  #before: number[]
  #incomplete: Piece = emptyPiece()
  #held: Piece[] = []

  /** `before`: the ids that precede the first token. */
  constructor(init: { detokenize: Detokenize; stops: readonly string[]; before: readonly number[] }) {
    this.#detokenize = init.detokenize
    this.#stops = init.stops
    this.#before = init.before.slice(-LOOK_BEHIND_TOKENS)
  }

  /** Takes the next token and gives what may be sent now. */
  push(id: number, logprob?: TokenLogprob): Release {
    this.#incomplete.ids.push(id)
    if (logprob !== undefined) this.#incomplete.logprobs.push(logprob)
    const text = this.#detokenize(this.#incomplete.ids, this.#before)
    const whole = !text.endsWith(REPLACEMENT) || this.#incomplete.ids.length >= MAX_INCOMPLETE_TOKENS
    if (!whole) return emptyRelease()
    this.#complete(text)
    return this.#release()
  }

  /** Gives what is left at the end, unfinished characters as one U+FFFD. */
  flush(): Release {
    if (this.#incomplete.ids.length > 0) this.#complete(this.#detokenize(this.#incomplete.ids, this.#before))
    const release = this.#release()
    if (release.stopped) return release
    const rest = join(this.#held.splice(0))
    return {
      text: release.text + rest.text,
      tokenIds: [...release.tokenIds, ...rest.ids],
      logprobs: [...release.logprobs, ...rest.logprobs],
      stopped: false
    }
  }

  #complete(text: string): void {
    this.#incomplete.text = text
    this.#held.push(this.#incomplete)
    this.#before = [...this.#before, ...this.#incomplete.ids].slice(-LOOK_BEHIND_TOKENS)
    this.#incomplete = emptyPiece()
  }

  #release(): Release {
    if (this.#stops.length === 0) return asRelease(join(this.#held.splice(0)), false)
    const text = this.#held.map(piece => piece.text).join('')
    const { matchAt, safeLength } = scanForStops(text, this.#stops)
    let length = 0
    let count = 0
    for (const piece of this.#held) {
      if (length + piece.text.length > safeLength) break
      length += piece.text.length
      count++
    }
    const released = join(this.#held.splice(0, count))
    if (matchAt < 0) return asRelease(released, false)
    const cut = this.#held[0]
    this.#held = []
    if (cut === undefined || matchAt === length) return asRelease(released, true)
    // The token in which the stop string begins gives the text before it, and counts.
    return asRelease(join([released, { ...cut, text: cut.text.slice(0, matchAt - length) }]), true)
  }
}

function join(pieces: Piece[]): Piece {
  return {
    ids: pieces.flatMap(piece => piece.ids),
    text: pieces.map(piece => piece.text).join(''),
    logprobs: pieces.flatMap(piece => piece.logprobs)
  }
}

function asRelease(piece: Piece, stopped: boolean): Release {
  return { text: piece.text, tokenIds: piece.ids, logprobs: piece.logprobs, stopped }
}

function emptyPiece(): Piece {
  return { ids: [], text: '', logprobs: [] }
}

function emptyRelease(): Release {
  return asRelease(emptyPiece(), false)
}
