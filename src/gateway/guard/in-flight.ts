import { HttpFailure } from '../failure.ts'
import { ByteRoom } from './byte-room.ts'

/** Answers under way at once. Beyond it a client waits better at its own end than here. */
export const MAX_IN_FLIGHT = 64

/** Bodies of calls while they are read: three of the largest, or sixteen of those without images. */
const MAX_READING_BYTES = 128 << 20
/** Images of all answers under way. */
const MAX_IMAGE_BYTES = 128 << 20

/** Counts the answers under way, and bounds what they hold in memory. */
export class InFlight {
  /** Room for bodies that are being read. */
  readonly reading = new ByteRoom(MAX_READING_BYTES)
  readonly #images = new ByteRoom(MAX_IMAGE_BYTES)
  #count = 0
  readonly #max: number
  readonly #onChange: (change: 1 | -1) => void

  constructor(max = MAX_IN_FLIGHT, onChange: (change: 1 | -1) => void = () => undefined) {
    this.#max = max
    this.#onChange = onChange
  }

  get count(): number {
    return this.#count
  }

  /**
   * Takes a place, and room for so many bytes of images; the result gives both back and may be called twice. Throws
   * `HttpFailure` (429) when all are taken.
   */
  enter(imageBytes = 0): () => void {
    if (this.#count >= this.#max) {
      throw new HttpFailure('too_many_requests', `${this.#count} requests are being answered already`, 1000)
    }
    const release = this.#images.take(imageBytes)
    this.#change(1)
    let held = true
    return () => {
      if (held) this.#change(-1)
      held = false
      release()
    }
  }

  #change(change: 1 | -1): void {
    this.#count += change
    this.#onChange(change)
  }
}
