import type { Piece } from './token-pieces.ts'

/** Pieces that were not given out yet, and cuts through their joined text. */
export class HeldPieces {
  #pieces: Piece[] = []

  add(piece: Piece): void {
    this.#pieces.push(piece)
  }

  /** All text, that of control tokens too. */
  get text(): string {
    return this.#pieces.map(piece => piece.text).join('')
  }

  get ids(): number[] {
    return this.#pieces.flatMap(piece => piece.ids)
  }

  /** Takes the pieces that end at or before this place. */
  takeWhole(length: number): Piece[] {
    let end = 0
    let count = 0
    for (const piece of this.#pieces) {
      if (end + piece.text.length > length) break
      end += piece.text.length
      count++
    }
    return this.#pieces.splice(0, count)
  }

  /** Takes the text up to this place. A piece that is cut gives its ids with its first part. */
  takeUntil(length: number): Piece[] {
    const taken = this.takeWhole(length)
    const rest = length - taken.reduce((sum, piece) => sum + piece.text.length, 0)
    const cut = this.#pieces[0]
    if (rest === 0 || cut === undefined) return taken
    this.#pieces[0] = { ids: [], logprobs: [], text: cut.text.slice(rest), isControl: cut.isControl }
    return [...taken, { ...cut, text: cut.text.slice(0, rest) }]
  }

  /** Takes the ids of all pieces, and leaves their text. */
  takeIds(): Piece[] {
    const taken = this.#pieces.map(piece => ({ ...piece, text: '' }))
    this.#pieces = this.#pieces.map(piece => ({ ...piece, ids: [], logprobs: [] }))
    return taken
  }

  takeAll(): Piece[] {
    return this.#pieces.splice(0)
  }
}
