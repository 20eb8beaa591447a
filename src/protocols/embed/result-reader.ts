import {
  type AcceptedEvent,
  type EmbedFacts,
  type EmbedResult,
  type ProgressEvent,
  ProtocolError,
  type RerankResult
} from '../../interface/index.ts'
import type { AnswerReader } from '../asking.ts'
import { MAX_SIGNS_OF_LIFE } from './constants.ts'
import { countOf, type EmbedCall } from './embed-call.ts'
import { decodeServerFrame, type ServerMessage } from './frame-codec.ts'
import { scoreProblem, vectorProblem } from './values.ts'

/** What is told before the result; `part` stands for a part of it. */
type Item = AcceptedEvent | ProgressEvent | 'part'

/** Takes the frames of one answer: `accepted`, then signs of life and parts of the result, then the end. */
export class ResultReader implements AnswerReader<Item> {
  readonly #call: EmbedCall
  readonly #vectors: Float32Array[] = []
  readonly #scores: number[] = []
  #accepted: AcceptedEvent | undefined
  #promptTokens: number | undefined
  #signsOfLife = 0

  constructor(call: EmbedCall) {
    this.#call = call
  }

  get isAccepted(): boolean {
    return this.#accepted !== undefined
  }

  get isEnded(): boolean {
    return this.#promptTokens !== undefined
  }

  /** After the end of an answer to `embed`. */
  get embedResult(): EmbedResult {
    return { ...this.#facts, vectors: this.#vectors }
  }

  /** After the end of an answer to `rerank`. */
  get rerankResult(): RerankResult {
    return { ...this.#facts, scores: this.#scores }
  }

  take(body: Uint8Array): Item | undefined {
    const message = decodeServerFrame(body)
    if (message.kind === 'unknown') return undefined
    if (message.kind === 'error') throw message.error
    if (message.kind === 'event') return this.#takeEvent(message.event)
    if (!this.isAccepted) throw new ProtocolError(`${message.kind} came before accepted`)
    this.#takePart(message)
    return 'part'
  }

  get #facts(): EmbedFacts {
    if (this.#accepted === undefined || this.#promptTokens === undefined) throw new ProtocolError('there is no end')
    return { model: this.#accepted.model, promptTokens: this.#promptTokens }
  }

  #takeEvent(event: AcceptedEvent | ProgressEvent): Item {
    if (event.type === 'accepted') {
      if (this.isAccepted) throw new ProtocolError('accepted came twice')
      this.#accepted = event
    } else {
      if (!this.isAccepted) throw new ProtocolError('progress came before accepted')
      if (++this.#signsOfLife > MAX_SIGNS_OF_LIFE) {
        throw new ProtocolError(`the answer has more than ${MAX_SIGNS_OF_LIFE} signs of life`)
      }
    }
    return event
  }

  #takePart(message: Extract<ServerMessage, { kind: 'vectors' | 'scores' | 'end' }>): void {
    if (message.kind === 'end') {
      const problem = this.#problem()
      if (problem !== undefined) throw new ProtocolError(problem)
      this.#promptTokens = message.promptTokens
    } else if (message.kind === 'vectors' && this.#call.kind === 'embed') {
      this.#checkRoom(this.#vectors.length + message.vectors.length)
      this.#vectors.push(...message.vectors)
    } else if (message.kind === 'scores' && this.#call.kind === 'rerank') {
      this.#checkRoom(this.#scores.length + message.scores.length)
      this.#scores.push(...message.scores)
    } else throw new ProtocolError(`${message.kind} do not answer ${this.#call.kind}`)
  }

  /** More than was asked for is not kept, not even until the end. */
  #checkRoom(count: number): void {
    if (count > countOf(this.#call)) throw new ProtocolError(`there are more than ${countOf(this.#call)} values`)
  }

  #problem(): string | undefined {
    const count = countOf(this.#call)
    return this.#call.kind === 'embed' ? vectorProblem(this.#vectors, count) : scoreProblem(this.#scores, count)
  }
}
