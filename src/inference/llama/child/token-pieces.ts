import type { TokenLogprob } from '../../../interface/index.ts'

/** Turns ids into text; `before` are the ids in front of them, which decide about leading spaces. */
export type Detokenize = (ids: readonly number[], before: readonly number[]) => string

/** Tokens that make whole characters. */
export interface Piece {
  ids: number[]
  text: string
  logprobs: TokenLogprob[]
  /** A control token: its text marks something and is not for the reader. */
  isControl: boolean
}

/** Tokens that look back far enough for every tokenizer. */
const LOOK_BEHIND_TOKENS = 8
/** A character has at most four bytes; a longer run without a whole one is no text and is let go. */
const MAX_INCOMPLETE_TOKENS = 64
const REPLACEMENT = '\ufffd'

/** Makes pieces of tokens, one by one: holds back the bytes of an unfinished character. */
export class TokenPieces {
  readonly #detokenize: Detokenize
  readonly #isControl: (id: number) => boolean
  #before: number[] = []
  #incomplete: Piece = emptyPiece()

  constructor(init: { detokenize: Detokenize; isControl: (id: number) => boolean }) {
    this.#detokenize = init.detokenize
    this.#isControl = init.isControl
  }

  /** Takes the next token; gives a piece when a character is whole. */
  push(id: number, logprob?: TokenLogprob): Piece | undefined {
    this.#incomplete.ids.push(id)
    if (logprob !== undefined) this.#incomplete.logprobs.push(logprob)
    const text = this.#detokenize(this.#incomplete.ids, this.#before)
    const whole = !text.endsWith(REPLACEMENT) || this.#incomplete.ids.length >= MAX_INCOMPLETE_TOKENS
    return whole ? this.#complete(text) : undefined
  }

  /** What is left at the end: an unfinished character as one U+FFFD. */
  flush(): Piece | undefined {
    const { ids } = this.#incomplete
    return ids.length > 0 ? this.#complete(this.#detokenize(ids, this.#before)) : undefined
  }

  #complete(text: string): Piece {
    const { ids } = this.#incomplete
    const piece = { ...this.#incomplete, text, isControl: ids.length === 1 && this.#isControl(ids[0]!) }
    this.#before = [...this.#before, ...ids].slice(-LOOK_BEHIND_TOKENS)
    this.#incomplete = emptyPiece()
    return piece
  }
}

function emptyPiece(): Piece {
  return { ids: [], text: '', logprobs: [], isControl: false }
}
