import {
  type DeltaEvent,
  EngineCrashedError,
  type FinishReason,
  MAX_TOKENS,
  RefusedError,
  type TokenLogprob,
  UnsupportedFeatureError,
  type Usage
} from '../../interface/index.ts'
import { type Chunk, type ChunkChoice, chunkSchema } from './chunk.ts'
import { streamFailure } from './failure.ts'
import { readServerError } from './server-error.ts'
import { inPieces } from './text-pieces.ts'
import { ToolCallPieces } from './tool-call-pieces.ts'

/** As long as an answer on the wire may be. */
const MAX_ANSWER_LENGTH = 16 << 20

/** Turns the events of one streamed completion into deltas, and knows at its end whether it was whole. */
export class AnswerReader {
  readonly #calls: ToolCallPieces
  readonly #logprobs: number | undefined
  readonly #withoutKey: (text: string) => string
  #finish: string | undefined
  #usage: Chunk['usage']
  #tokens = 0
  #thoughtTokens = 0
  #length = 0

  /** `withoutKey` takes out of the server's words what no stranger may read. */
  constructor(init: { answerId: string; logprobs: number | undefined; withoutKey: (text: string) => string }) {
    this.#withoutKey = init.withoutKey
    this.#calls = new ToolCallPieces(init.answerId)
    this.#logprobs = init.logprobs
  }

  /** Tokens so far, one for each piece where the server does not tell more. */
  get tokens(): number {
    return this.#tokens
  }

  /** The server said why it stopped, so that nothing is missing. */
  get isWhole(): boolean {
    return this.#finish !== undefined
  }

  /** Takes the data of one event. Throws the server's own error, `EngineCrashedError`, or `UnsupportedFeatureError`. */
  *read(data: string): Generator<DeltaEvent> {
    const chunk = parse(data, this.#withoutKey)
    if (chunk.usage) this.#usage = chunk.usage
    const choice = chunk.choices[0]
    if (choice === undefined) return
    yield* this.#deltas(choice)
    if (choice.finish_reason) this.#finish = choice.finish_reason
  }

  /** Why it ended. Throws where the answer is not whole. */
  finishReason(): FinishReason {
    switch (this.#finish) {
      case 'length':
        return 'length'
      case 'stop':
      case 'tool_calls':
      case 'function_call':
        return this.#calls.count > 0 ? 'tool_calls' : 'stop'
      case 'content_filter':
        throw new RefusedError('the server behind this node cut the answer by its filter')
      case undefined:
        throw new EngineCrashedError('the server behind this node ended the answer without saying why')
      default:
        throw new EngineCrashedError('the server behind this node broke off the answer')
    }
  }

  /** The server's counts; what it leaves out is the number of pieces, and `promptTokens` as estimated. */
  usage(estimatedPromptTokens: number): Usage {
    const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = this.#usage ?? {}
    const promptTokens = prompt_tokens ?? estimatedPromptTokens
    const thoughtTokens = completion_tokens_details?.reasoning_tokens ?? this.#thoughtTokens
    const completionTokens = Math.max(completion_tokens ?? 0, this.#tokens)
    return {
      promptTokens,
      cachedPromptTokens: Math.min(prompt_tokens_details?.cached_tokens ?? 0, Math.max(0, promptTokens - 1)),
      completionTokens,
      thoughtTokens: Math.min(thoughtTokens, completionTokens)
    }
  }

  *#deltas({ delta, logprobs }: ChunkChoice): Generator<DeltaEvent> {
    const thought = delta?.reasoning_content || delta?.reasoning || ''
    for (const text of inPieces(thought)) yield this.#count({ type: 'delta', channel: 'thought', text, tokenCount: 1 })
    const content = delta?.content ?? ''
    if (content !== '') yield* this.#answer(content, logprobs?.content ?? [])
    for (const call of delta?.tool_calls ?? []) {
      const { id, name, arguments: words } = this.#calls.next(call)
      const [first = '', ...rest] = inPieces(words)
      const event = { type: 'delta', channel: 'answer', text: '', tokenCount: 1 } as const
      yield this.#count({ ...event, toolCalls: [{ id, name, arguments: first }] })
      for (const more of rest) yield this.#count({ ...event, toolCalls: [{ id, name: '', arguments: more }] })
    }
  }

  *#answer(content: string, tokens: NonNullable<NonNullable<ChunkChoice['logprobs']>['content']>) {
    const wanted = this.#logprobs
    if (wanted !== undefined && tokens.length === 0) {
      throw new UnsupportedFeatureError('the server behind this node gives no log probabilities', {
        details: { field: 'logprobs' }
      })
    }
    const [first = '', ...rest] = inPieces(content)
    const event = { type: 'delta', channel: 'answer' } as const
    if (wanted === undefined) yield this.#count({ ...event, text: first, tokenCount: 1 })
    else {
      const logprobs = tokens.map(token => likelihood(token, wanted))
      yield this.#count({ ...event, text: first, tokenCount: logprobs.length, logprobs })
    }
    for (const text of rest) yield this.#count({ ...event, text, tokenCount: 1 })
  }

  #count(delta: DeltaEvent): DeltaEvent {
    this.#tokens += delta.tokenCount
    if (delta.channel === 'thought') this.#thoughtTokens += delta.tokenCount
    this.#length += delta.text.length + (delta.toolCalls?.[0]?.arguments.length ?? 0)
    if (this.#tokens <= MAX_TOKENS && this.#length <= MAX_ANSWER_LENGTH) return delta
    throw new EngineCrashedError('the server behind this node does not come to an end')
  }
}

function parse(data: string, withoutKey: (text: string) => string): Chunk {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch (cause) {
    throw new EngineCrashedError('the server behind this node sent an event that is no JSON', { cause })
  }
  const chunk = chunkSchema.safeParse(value)
  if (chunk.success) return chunk.data
  const error = readServerError(value)
  if (error !== undefined) throw streamFailure({ ...error, message: withoutKey(error.message) })
  throw new EngineCrashedError('the server behind this node sent an event of no known form', { cause: chunk.error })
}

type Token = { token: string; logprob: number; top_logprobs?: { token: string; logprob: number }[] | null | undefined }

/** Rounding may put a certain token a little above 0. */
function likelihood({ token, logprob, top_logprobs }: Token, wanted: number): TokenLogprob {
  const top = (top_logprobs ?? []).slice(0, wanted)
  return {
    token,
    logprob: Math.min(0, logprob),
    top: top.map(rival => ({ ...rival, logprob: Math.min(0, rival.logprob) }))
  }
}
