import { type AcceptedEvent, type P2paiError, type ProgressEvent, toP2paiError } from '../../interface/index.ts'
import type { FramedStream } from '../framed-stream.ts'
import { encodeEvent } from './frame-codec.ts'

/** Writes what an engine tells before its result, one after the other; of what waits to be written only the newest. */
export class SignsOfLife {
  readonly #framed: FramedStream
  readonly #onFailure: (error: P2paiError) => void
  readonly #waiting: (AcceptedEvent | ProgressEvent)[] = []
  #writing = Promise.resolve()
  #hasAccepted = false

  constructor(framed: FramedStream, onFailure: (error: P2paiError) => void) {
    this.#framed = framed
    this.#onFailure = onFailure
  }

  /** Takes an event. A second `accepted`, as of a network behind this engine, is nothing to the peer. */
  say(event: AcceptedEvent | ProgressEvent): void {
    if (this.#hasAccepted === (event.type === 'accepted')) return
    this.#hasAccepted = true
    if (this.#waiting.at(-1)?.type === 'progress') this.#waiting.pop()
    this.#waiting.push(event)
    this.#writing = this.#writing.then(() => this.#writeNext())
  }

  /** Resolves when all is written. Says `accepted` itself where the engine did not. */
  async end(model: AcceptedEvent['model']): Promise<void> {
    if (!this.#hasAccepted) this.say({ type: 'accepted', queuePosition: 0, model, contextSizeTokens: 0 })
    await this.#writing
  }

  async #writeNext(): Promise<void> {
    const next = this.#waiting.shift()
    if (next === undefined) return
    try {
      await this.#framed.write(encodeEvent(next))
    } catch (error) {
      this.#onFailure(toP2paiError(error))
    }
  }
}
