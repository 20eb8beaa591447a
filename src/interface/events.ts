import type { ToolCall } from './messages.ts'

/** The provider has taken the request. Always the first event; comes again when another provider takes over. */
export interface AcceptedEvent {
  type: 'accepted'
  /** Requests ahead in the queue; 0 means a slot is free. */
  queuePosition: number
  model: { name: string; digest: string }
  contextSizeTokens: number
  /** Who answers. Absent when it is the engine asked itself. */
  provider?: { peerId: string }
}

export type ProgressPhase = 'queued' | 'loading' | 'prefill' | 'decoding'

/** A sign of life, at least once a second between `accepted` and `end`. */
export interface ProgressEvent {
  type: 'progress'
  phase: ProgressPhase
  /** `queued`: place in the queue. `loading`: percent. `prefill` and `decoding`: tokens done. */
  done: number
  /** What `done` counts up to; 0 where it is not known. */
  total: number
}

/** The log probability of one token and of its likeliest rivals. */
export interface TokenLogprob {
  token: string
  logprob: number
  top: { token: string; logprob: number }[]
}

/** More of the answer. Ends at a token boundary; the texts of all deltas joined are the answer. */
export interface DeltaEvent {
  type: 'delta'
  /** `thought` is reasoning that is not part of the answer. */
  channel: 'answer' | 'thought'
  text: string
  /** How many tokens made this text. */
  tokenCount: number
  /** Their ids, where the engine has them. */
  tokenIds?: number[]
  logprobs?: TokenLogprob[]
  toolCalls?: ToolCall[]
}

export type FinishReason = 'stop' | 'length' | 'tool_calls'

export interface Usage {
  /** Tokens of the prompt, template included. */
  promptTokens: number
  /** How many of them came from the prefix cache. */
  cachedPromptTokens: number
  completionTokens: number
  /** How many of them were reasoning. @default 0 */
  thoughtTokens?: number
}

/** Measured where the model ran, in milliseconds. */
export interface EngineTimings {
  queuedMs: number
  prefillMs: number
  decodeMs: number
}

/** The last event of a whole answer. An answer without it was cut, and the iterable throws. */
export interface EndEvent {
  type: 'end'
  finishReason: FinishReason
  /** The stop text that ended the answer. Absent where none did, or the engine cannot tell. */
  stopSequence?: string
  usage: Usage
  timings: EngineTimings
  /** Opaque: give it back with the next turn to the same provider. */
  conversationTag?: Uint8Array
  /** Whom the request was sent to, in order. Filled by engines that choose a provider. */
  attempts?: Attempt[]
}

/** One try with one provider. */
export interface Attempt {
  peerId: string
  /** `ok` or the code of the error. */
  outcome: string
}

/** `accepted`, then `progress` and `delta` in any number, then exactly one `end`; or a thrown `P2paiError`. */
export type EngineEvent = AcceptedEvent | ProgressEvent | DeltaEvent | EndEvent
