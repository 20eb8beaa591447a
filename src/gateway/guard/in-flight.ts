import { HttpFailure } from '../failure.ts'

/** Answers under way at once. Beyond it a client waits better at its own end than here. */
export const MAX_IN_FLIGHT = 64

/** Counts the answers under way. */
export class InFlight {
  #count = 0
  readonly #max: number

  constructor(max = MAX_IN_FLIGHT) {
    this.#max = max
  }

  get count(): number {
    return this.#count
  }

  /** Takes a place; the result gives it back and may be called twice. Throws `HttpFailure` (429) when all are taken. */
  enter(): () => void {
    if (this.#count >= this.#max) {
      throw new HttpFailure('too_many_requests', `${this.#count} requests are being answered already`, 1000)
    }
    this.#count++
    let held = true
    return () => {
      if (held) this.#count--
      held = false
    }
  }
}
