import { type DeltaEvent, type EngineEvent, MAX_TOKENS, ProtocolError } from '../../interface/index.ts'
import { MAX_ANSWER_EVENTS, MAX_ANSWER_LENGTH } from './constants.ts'

type State = 'sent' | 'accepted' | 'ended'

/**
 * What the reader of an answer has seen, and so what may come next: `accepted`, then `progress` and `delta`, then
 * `end`. Counts tokens and text itself, because the other side may lie about both.
 */
export class AnswerState {
  readonly #stops: readonly string[]
  #state: State = 'sent'
  #tokens = 0
  #textLength = 0
  #events = 0

  /** `stops` are the stop texts of the request. */
  constructor(stops: readonly string[] = []) {
    this.#stops = stops
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

  #count(delta: DeltaEvent): void {
    this.#tokens += delta.tokenCount
    this.#textLength += delta.text.length
    for (const call of delta.toolCalls ?? [])
      this.#textLength += call.id.length + call.name.length + call.arguments.length
    if ((delta.logprobs?.length ?? 0) > delta.tokenCount)
      throw new ProtocolError('a delta has more log probabilities than tokens')
    if (this.#tokens > MAX_TOKENS) throw new ProtocolError(`the answer has more than ${MAX_TOKENS} tokens`)
    if (this.#textLength > MAX_ANSWER_LENGTH) {
      throw new ProtocolError(`the answer has more than ${MAX_ANSWER_LENGTH} characters`)
    }
  }
}
