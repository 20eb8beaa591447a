import type { TokenLogprob, ToolCall } from '../../../interface/index.ts'
import type { CallReader } from './call-reader.ts'
import type { ThoughtSyntax } from './call-syntax.ts'
import type { Detokenize } from './token-pieces.ts'

/** Part of an answer that may be sent: whole tokens and whole characters, and nothing of a stop string. */
export interface Release {
  channel: 'answer' | 'thought'
  text: string
  tokenIds: number[]
  logprobs: TokenLogprob[]
  toolCalls?: ToolCall[]
}

/** What an answer may be made of. */
export interface ReaderInit {
  detokenize: Detokenize
  isControl(id: number): boolean
  /** End the answer. */
  stops: readonly string[]
  /** End it within a thought too: what the template ends answers with. */
  endings: readonly string[]
  thought?: ThoughtSyntax
  /** The prompt ends within a thought. */
  startsInThought?: boolean
  calls?: { openings: readonly string[]; reader: CallReader }
  /**
   * Called when a call begins in free text, with the ids from there on and with the text of the first of them that is
   * in front of it; false when a call cannot begin so, which makes it text.
   */
  onCall?(before: string, ids: readonly number[]): boolean
  /** Called when a thought has ended. */
  onAnswer?(): void
}
