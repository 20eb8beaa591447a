import type { GenerateRequest, ModelFeatures } from '../interface/index.ts'

/** Where a scripted engine goes wrong. For vectors and ranks `afterTokens` counts texts. */
export type ScriptedFailure =
  /** Dies after so many tokens: running requests fail with `EngineCrashedError`, later ones are answered. */
  | { type: 'crash'; afterTokens: number }
  /** Says nothing more after so many tokens, no sign of life either. */
  | { type: 'hang'; afterTokens: number }
  /** Answers, but gives no sign of life while it waits. */
  | { type: 'no-progress' }

/** A call that a script makes. */
export interface ScriptedToolCall {
  name: string
  /** A value, or text that is given out as it is. @default a value that fits the schema of the tool */
  arguments?: unknown
}

/** How a scripted engine behaves. Everything is the same on every run. */
export interface ScriptedEngineOptions {
  /** @default 'scripted:test' */
  name?: string
  /** SHA-256 as 64 hex digits. @default of the name */
  digest?: string
  /** What every answer says. @default a sentence of 24 words */
  text?: string
  /** Tokens as they are given out, instead of words of `text`. */
  tokens?: string[]
  /** What the answer to a question says; undefined takes `text`. */
  answer?: (question: string) => string | undefined
  /**
   * The tools that an answer calls when the request has tools and lets it. A list is for requests that do not end with
   * a result, a function for every request; undefined from it leaves the choice to the request. Without a script the
   * first tool is called when the tool choice demands a call.
   */
  toolCalls?: ScriptedToolCall[] | ((request: GenerateRequest) => ScriptedToolCall[] | undefined)
  /** Reasoning in front of every answer; with it the engine claims `features.thoughts`. @default none */
  thoughts?: string
  /**
   * Makes something else of the margins with which it scores an answer: noise of another backend, or a lie.
   * @default gives them as they are: 0 for each word of its own answer, 8 for any other
   */
  margins?: (exact: readonly number[]) => readonly number[]
  /** @default 4 */
  slots?: number
  /** Requests that may wait for a slot; one more gets `BusyError`. @default 64 */
  maxQueued?: number
  /** @default 4096 */
  contextSizeTokens?: number
  /** Wait before the first token, for each request. @default 0 */
  prefillMs?: number
  /** Wait before every token, or every text to embed or rank. @default 0 */
  tokenMs?: number
  /** How often a request that waits is told so. @default 500 */
  progressMs?: number
  /** Fails so, until `recover()`. */
  failure?: ScriptedFailure
  /** @default false */
  builtIn?: boolean
  /** @default 1000 */
  parameterCount?: number
  /** Chat with schemas, log probabilities and resume unless told otherwise; `embeddings`, `rerank` and `score` are off. */
  features?: Partial<ModelFeatures>
}

/** A sentence long enough for every test of cutting, stopping and counting. */
export const SCRIPTED_TEXT =
  'The quick brown fox jumps over the lazy dog while seven clever otters quietly count bright pebbles beside a slow river in the morning.'
