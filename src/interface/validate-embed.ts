import type { EmbedRequest, RerankRequest } from './embedding.ts'
import { InvalidRequestError, PayloadTooLargeError } from './errors.ts'
import { MAX_DEADLINE_MS, MAX_EMBED_INPUTS, MAX_NAME_LENGTH, MAX_REQUEST_BYTES } from './limits.ts'
import { utf8Bytes } from './prompt-size.ts'

/** Checks a request from any source. Throws `InvalidRequestError` with `details.field`, or `PayloadTooLargeError`. */
export function validateEmbedRequest(request: EmbedRequest): EmbedRequest {
  checkModel(request.model)
  checkTexts('inputs', request.inputs)
  checkSize('inputs', request.inputs)
  return withDeadline(request)
}

/** Checks a request from any source. Throws `InvalidRequestError` with `details.field`, or `PayloadTooLargeError`. */
export function validateRerankRequest(request: RerankRequest): RerankRequest {
  checkModel(request.model)
  checkTexts('query', [request.query])
  checkTexts('documents', request.documents)
  checkSize('documents', [request.query, ...request.documents])
  return withDeadline(request)
}

function checkModel(model: unknown): void {
  if (typeof model !== 'string' || model.length === 0) fail('model', 'must be a text that is not empty')
  if (model.length > MAX_NAME_LENGTH) fail('model', `is longer than ${MAX_NAME_LENGTH} characters`)
}

function checkTexts(field: string, texts: readonly unknown[]): void {
  if (!Array.isArray(texts) || texts.length === 0) fail(field, 'must not be empty')
  if (texts.length > MAX_EMBED_INPUTS) fail(field, `has more than ${MAX_EMBED_INPUTS} entries`)
  texts.forEach((text, index) => {
    const place = field === 'query' ? field : `${field}[${index}]`
    if (typeof text !== 'string' || text.length === 0) fail(place, 'must be a text that is not empty')
  })
}

function checkSize(field: string, texts: readonly string[]): void {
  const bytes = texts.reduce((sum, text) => sum + utf8Bytes(text), 0)
  if (bytes <= MAX_REQUEST_BYTES) return
  throw new PayloadTooLargeError(`the ${field} have ${bytes} bytes, the limit is ${MAX_REQUEST_BYTES}`, {
    details: { field }
  })
}

function withDeadline<Request extends { deadlineMs?: number }>(request: Request): Request {
  const { deadlineMs } = request
  if (deadlineMs === undefined) return request
  if (!(deadlineMs >= 1)) fail('deadline_ms', `is ${deadlineMs}, but must be 1 or more`)
  return { ...request, deadlineMs: Math.min(deadlineMs, MAX_DEADLINE_MS) }
}

function fail(field: string, problem: string): never {
  throw new InvalidRequestError(`${field} ${problem}`, { details: { field } })
}
