import {
  type AcceptedEvent,
  MAX_RESUME_TOKENS,
  marginProblem,
  ProtocolError,
  type ScoreRequest,
  type ScoreResult
} from '../../interface/index.ts'
import type { AnswerReader } from '../asking.ts'
import { MAX_SIGNS_OF_LIFE } from '../embed/constants.ts'
import { decodeServerFrame, type ServerMessage } from '../embed/frame-codec.ts'

/** Takes the frames of one score: `accepted`, then signs of life and margins, then the end. */
export class MarginsReader implements AnswerReader<'part'> {
  readonly #margins: number[] = []
  readonly #mostMargins: number
  #accepted: AcceptedEvent | undefined
  #promptTokens: number | undefined
  #signsOfLife = 0

  constructor({ answer }: ScoreRequest) {
    // A text that is split anew has at most a token for each of its bytes.
    const bytes = new TextEncoder().encode(answer.text).byteLength
    this.#mostMargins = Math.min(MAX_RESUME_TOKENS, Math.max(answer.tokenIds.length, bytes))
  }

  get isAccepted(): boolean {
    return this.#accepted !== undefined
  }

  get isEnded(): boolean {
    return this.#promptTokens !== undefined
  }

  /** After the end. */
  get result(): ScoreResult {
    if (this.#accepted === undefined || this.#promptTokens === undefined) throw new ProtocolError('there is no end')
    const { model } = this.#accepted
    return { model, promptTokens: this.#promptTokens, margins: Float32Array.from(this.#margins) }
  }

  take(body: Uint8Array): 'part' | undefined {
    const message = decodeServerFrame(body)
    if (message.kind === 'unknown') return undefined
    if (message.kind === 'error') throw message.error
    if (message.kind === 'event' && message.event.type === 'accepted') this.#accept(message.event)
    else if (!this.isAccepted) throw new ProtocolError('a frame came before accepted')
    else this.#takePart(message)
    return 'part'
  }

  #accept(event: AcceptedEvent): void {
    if (this.isAccepted) throw new ProtocolError('accepted came twice')
    this.#accepted = event
  }

  #takePart(message: Exclude<ServerMessage, { kind: 'error' | 'unknown' }>): void {
    if (message.kind === 'event') {
      if (++this.#signsOfLife <= MAX_SIGNS_OF_LIFE) return
      throw new ProtocolError(`the answer has more than ${MAX_SIGNS_OF_LIFE} signs of life`)
    }
    if (message.kind === 'vectors') throw new ProtocolError('vectors are no margins')
    const problem = marginProblem(message.kind === 'scores' ? message.scores : this.#margins)
    if (problem !== undefined) throw new ProtocolError(problem)
    if (message.kind === 'end') {
      this.#promptTokens = message.promptTokens
      return
    }
    if (this.#margins.length + message.scores.length > this.#mostMargins) {
      throw new ProtocolError(`there are more than ${this.#mostMargins} margins`)
    }
    for (const margin of message.scores) this.#margins.push(margin)
  }
}
