import { InvalidRequestError, type ScoreRequest, validateScoreRequest } from '../../interface/index.ts'
import * as infer from '../infer/request-codec.ts'

/** A request as the only frame of a client: one of `infer`, in which `resume` is the answer. */
export function encodeRequest({ model, messages, answer, deadlineMs }: ScoreRequest): Uint8Array {
  return infer.encodeRequest({ model, messages, resume: answer, ...(deadlineMs !== undefined && { deadlineMs }) })
}

/** Reads and checks a request of a stranger. Throws `InvalidRequestError` or `PayloadTooLargeError`. */
export function decodeRequest(bytes: Uint8Array): ScoreRequest {
  const { request, attachments } = infer.decodeRequest(bytes)
  const { model, messages, resume, deadlineMs } = request
  if (attachments.length > 0) fail('messages', 'has attachments, which are not scored')
  if (resume === undefined) fail('resume', 'is missing: there is nothing to score')
  return validateScoreRequest({ model, messages, answer: resume, ...(deadlineMs !== undefined && { deadlineMs }) })
}

function fail(field: string, problem: string): never {
  throw new InvalidRequestError(`${field} ${problem}`, { details: { field } })
}
