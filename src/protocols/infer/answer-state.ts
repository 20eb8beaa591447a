import { type DeltaEvent, type EngineEvent, MAX_TOKENS, ProtocolError, utf8Bytes } from '../../interface/index.ts'
import { MAX_ANSWER_EVENTS, MAX_ANSWER_LENGTH } from './constants.ts'

/**
 * Tokens of an answer that may come without ids and without text of their own: marks around thoughts and calls, ends
 * that are cut off. No other token is less than a byte.
 */
const TEXTLESS_TOKENS = 512

/** What was asked for, as far as an answer must keep to it. */
export interface AnswerBounds {
  /** The stop texts of the request. @default none */
  stop?: readonly string[] | undefined
  /** Most tokens, and none that nothing came for: set by who has to sign for them. @default tokens are believed */
  maxTokens?: number
}

type State = 'sent' | 'accepted' | 'ended'

/**
 * What the reader of an answer has seen, and so what may come next: `accepted`, then `progress` and `delta`, then
 * `end`. Counts tokens and text itself, because the other side may lie about both.
 */
export class AnswerState {
  readonly #stops: readonly string[]
  readonly #maxTokens: number | undefined
  #state: State = 'sent'
  #tokens = 0
  /** What the tokens without ids have to be made of. */
  #unnamed = { tokens: 0, bytes: 0 }
  #textLength = 0
  #events = 0

  constructor({ stop = [], maxTokens }: AnswerBounds = {}) {
    this.#stops = stop
    this.#maxTokens = maxTokens
  }

  get isAccepted(): boolean {
    return this.#state !== 'sent'
  }

  get isEnded(): boolean {
    return this.#state === 'ended'
  }

  /** Tokens delivered so far. */
  get tokens(): number {
    return this.#tokens
  }

  /** Takes the next event. Throws `ProtocolError` when it may not come here or its numbers cannot be true. */
  advance(event: EngineEvent): void {
    if (this.#state === 'ended') throw new ProtocolError(`${event.type} came after the end`)
    if (event.type === 'accepted') {
      if (this.#state !== 'sent') throw new ProtocolError('accepted came twice')
      this.#state = 'accepted'
      return
    }
    if (this.#state === 'sent') throw new ProtocolError(`${event.type} came before accepted`)
    if (++this.#events > MAX_ANSWER_EVENTS)
      throw new ProtocolError(`the answer has more than ${MAX_ANSWER_EVENTS} events`)
    if (event.type === 'delta') this.#count(event)
    if (event.type === 'end') {
      if (event.usage.completionTokens < this.#tokens) throw new ProtocolError('the end counts less than was delivered')
      const { stopSequence } = event
      if (stopSequence !== undefined && !this.#stops.includes(stopSequence))
        throw new ProtocolError('the end names a stop text that was not asked for')
      this.#state = 'ended'
    }
  }

  /** What cannot be true is not counted: nobody is to sign for it. */
  #count(delta: DeltaEvent): void {
    const tokens = this.#tokens + delta.tokenCount
    if ((delta.logprobs?.length ?? 0) > delta.tokenCount)
      throw new ProtocolError('a delta has more log probabilities than tokens')
    if (tokens > MAX_TOKENS) throw new ProtocolError(`the answer has more than ${MAX_TOKENS} tokens`)
    if (this.#maxTokens !== undefined) this.#checkCount(delta, tokens, this.#maxTokens)
    this.#textLength += delta.text.length
    for (const call of delta.toolCalls ?? [])
      this.#textLength += call.id.length + call.name.length + call.arguments.length
    if (this.#textLength > MAX_ANSWER_LENGTH) {
      throw new ProtocolError(`the answer has more than ${MAX_ANSWER_LENGTH} characters`)
    }
    this.#tokens = tokens
  }

  #checkCount(delta: DeltaEvent, tokens: number, maxTokens: number): void {
    if (tokens > maxTokens) throw new ProtocolError(`the answer has more than the ${maxTokens} tokens asked for`)
    if (delta.tokenIds !== undefined) return
    this.#unnamed.tokens += delta.tokenCount
    this.#unnamed.bytes += utf8Bytes(delta.text)
    for (const call of delta.toolCalls ?? []) this.#unnamed.bytes += utf8Bytes(call.id + call.name + call.arguments)
    if (this.#unnamed.tokens > this.#unnamed.bytes + TEXTLESS_TOKENS) {
      throw new ProtocolError('the answer counts more tokens than its text can have')
    }
  }
}
