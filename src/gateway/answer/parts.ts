import type { DeltaEvent, EndEvent, P2paiError } from '../../interface/index.ts'
import { failureOf } from '../failure.ts'
import type { Generation } from './generation.ts'
import type { AnswerWriter } from './writer.ts'

/** A writer, and the text with which it begins. */
export interface BegunWriter {
  writer: AnswerWriter
  begin: string
}

/** A piece of the answer's text. */
export interface Part {
  text: string
  isLast: boolean
}

/** What a streamed answer is made of. */
export interface AnswerPartsInit {
  generation: Generation
  /** The first event, if it was awaited before the stream began. */
  first: DeltaEvent | EndEvent | undefined
  /** A writer that has begun, as soon as it is known who answers. */
  begun: () => BegunWriter
  /** One that has not, for an answer that fails before. */
  writer: () => AnswerWriter
  keepAlive(): string
  /** Silence after which a sign of life is sent. */
  keepAliveMs: number
  onEvent(event: DeltaEvent | EndEvent): void
  onFailure(error: unknown): void
  /** All bytes that were given out, once, when nothing follows. */
  onOver(bytes: number): void
}

/** A streamed answer as text in one dialect, part by part. A failure is its last part. */
export class AnswerParts {
  readonly #init: AnswerPartsInit
  #first: DeltaEvent | EndEvent | undefined
  #writer: AnswerWriter | undefined
  #bytes = 0
  #isOver = false

  constructor(init: AnswerPartsInit) {
    this.#init = init
    this.#first = init.first
  }

  /** Of an engine, a failure is the last part; what throws is a defect of a writer or of who listens. */
  async next(): Promise<Part> {
    const part = await this.#next()
    this.#bytes += Buffer.byteLength(part.text)
    if (part.isLast) this.#over()
    return part
  }

  /** The reader has left, or is too slow: ends the engine's work. Does nothing after the last part. */
  stop(error: P2paiError): void {
    if (this.#isOver) return
    this.#init.generation.stop(error)
    this.#init.onFailure(error)
    this.#over()
  }

  async #next(): Promise<Part> {
    const { generation, keepAlive, keepAliveMs, begun, writer, onEvent, onFailure } = this.#init
    try {
      const event = this.#first ?? (await generation.next(keepAliveMs))
      this.#first = undefined
      if (event === undefined) return { text: keepAlive(), isLast: false }
      let begin = ''
      if (this.#writer === undefined) ({ writer: this.#writer, begin } = begun())
      const isLast = event.type === 'end'
      const text = begin + (isLast ? this.#writer.end(event) : this.#writer.delta(event))
      onEvent(event)
      return { text, isLast }
    } catch (error) {
      generation.stop()
      onFailure(error)
      return { text: (this.#writer ?? writer()).failure(failureOf(error)), isLast: true }
    }
  }

  #over(): void {
    this.#isOver = true
    this.#init.onOver(this.#bytes)
  }
}
