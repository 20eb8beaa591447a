import { type Attempt, ERROR_TABLE, type P2paiError, toP2paiError } from '../interface/index.ts'

/** What went wrong with a call, before any dialect has given it its form. */
export interface Failure {
  /** HTTP status, 400 to 599. */
  status: number
  /** Stable name: a code of the error table, or one of `HttpFailureCode`. */
  code: string
  message: string
  /** The parameter that was wrong, as the client knows it. */
  field?: string
  /** When asking again makes sense. */
  retryAfterMs?: number
  /** Whom the request was sent to before it was given up. */
  attempts?: readonly Attempt[]
  /** The same request may succeed a little later. */
  mayRetry: boolean
}

/** Failures that only HTTP knows. */
export type HttpFailureCode =
  | 'invalid_api_key'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'unsupported_media_type'
  | 'too_many_requests'

const HTTP_STATUS: Record<HttpFailureCode, number> = {
  invalid_api_key: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  unsupported_media_type: 415,
  too_many_requests: 429
}

/** Said of an error that nobody foresaw: its own words may tell of this machine's insides. */
const UNFORESEEN = 'something went wrong in this node; its log has the cause'

/** Thrown when a call is refused before any engine sees it. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  readonly failure: Failure

  constructor(code: HttpFailureCode, message: string, retryAfterMs?: number) {
    super(message)
    const mayRetry = retryAfterMs !== undefined
    this.failure = { status: HTTP_STATUS[code], code, message, mayRetry, ...(mayRetry && { retryAfterMs }) }
  }
}

/** Whatever was thrown, as a failure. What is no `P2paiError` becomes `internal`, without its message. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof HttpFailure) return thrown.failure
  const error = toP2paiError(thrown)
  const { status, mayRetry } = meaningOf(error)
  const { field = error.code === 'model_not_found' ? 'model' : undefined, retryAfterMs, attempts } = error.details
  return {
    status,
    code: error.code,
    message: isOwnFault(error) ? UNFORESEEN : error.message,
    mayRetry,
    ...(field !== undefined && { field }),
    ...(attempts && { attempts }),
    ...(error.code === 'busy' || retryAfterMs !== undefined ? { retryAfterMs: retryAfterMs ?? 1000 } : {})
  }
}

/** Whether a failure is this program's own fault, so that its cause belongs in the log. */
export function isUnforeseen(thrown: unknown): boolean {
  return !(thrown instanceof HttpFailure) && isOwnFault(toP2paiError(thrown))
}

/** `toP2paiError` keeps what was thrown as the cause; what a provider says of itself has none. */
function isOwnFault(error: P2paiError): boolean {
  return error.code === 'internal' && error.cause !== undefined
}

/** `retryable` of the table is about other providers; a client that repeats a 4xx only hears it again. */
function meaningOf(error: P2paiError): { status: number; mayRetry: boolean } {
  const { httpStatus, retryable } = ERROR_TABLE[error.code]
  return { status: httpStatus, mayRetry: retryable && httpStatus >= 500 }
}
