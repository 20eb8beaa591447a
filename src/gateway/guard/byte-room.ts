import { HttpFailure } from '../failure.ts'

/** A bound on bytes that many calls hold at once. */
export class ByteRoom {
  #held = 0
  readonly #max: number

  constructor(maxBytes: number) {
    this.#max = maxBytes
  }

  /** Takes room; the result gives it back and may be called twice. Throws `HttpFailure` (429) when there is none. */
  take(bytes: number): () => void {
    if (this.#held + bytes > this.#max) {
      throw new HttpFailure('too_many_requests', 'too many large requests are being answered already', 1000)
    }
    this.#held += bytes
    let isHeld = true
    return () => {
      if (isHeld) this.#held -= bytes
      isHeld = false
    }
  }
}
