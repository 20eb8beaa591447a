import type { EmbedFacts, EmbedOptions } from './embedding.ts'
import { InvalidRequestError } from './errors.ts'
import type { Message } from './messages.ts'
import type { Resume } from './request.ts'
import { validateRequest } from './validate-request.ts'

/** An answer that somebody else gave, to be compared with what this model would have said at temperature 0. */
export interface ScoreRequest {
  /** As in `GenerateRequest`; whoever checks a provider gives the digest. */
  model: string
  /** The conversation that was answered. */
  messages: Message[]
  /** The answer. Its ids are used where they make its text with this model; else the text is split anew. */
  answer: Resume
  /** @default none */
  deadlineMs?: number
}

/** How far an answer is from what the model itself would have said. */
export interface ScoreResult extends EmbedFacts {
  /**
   * One number for each token of the answer, from 0 to `MAX_MARGIN`: the logit of the token that was likeliest there,
   * minus the one of the token that was given. 0 where they are the same token. Every token is judged after the given
   * ones before it, so that one early difference does not count again and again.
   */
  margins: Float32Array
}

/** Larger margins say nothing more: the token was out of the question. */
export const MAX_MARGIN = 100

/** What goes with a request for a score. */
export type ScoreOptions = EmbedOptions

/** Checks a request from any source. Throws `InvalidRequestError` with `details.field`, or `PayloadTooLargeError`. */
export function validateScoreRequest(request: ScoreRequest): ScoreRequest {
  const { model, messages, answer, deadlineMs } = request
  const { text, tokenIds } = answer ?? { text: '', tokenIds: [] }
  if (text === '' && tokenIds.length === 0) {
    throw new InvalidRequestError('answer must not be empty', { details: { field: 'answer' } })
  }
  const checked = validateRequest({
    model,
    messages,
    resume: answer,
    ...(deadlineMs !== undefined && { deadlineMs })
  })
  return { ...request, ...(checked.deadlineMs !== undefined && { deadlineMs: checked.deadlineMs }) }
}

/** What is wrong with the margins of a result; undefined when nothing is. */
export function marginProblem(margins: ArrayLike<number>): string | undefined {
  if (margins.length === 0) return 'there are no margins'
  for (let index = 0; index < margins.length; index++) {
    const margin = margins[index]!
    if (!(margin >= 0 && margin <= MAX_MARGIN)) return `a margin is not between 0 and ${MAX_MARGIN}`
  }
  return undefined
}
