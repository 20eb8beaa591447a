import type { Failure } from '../failure.ts'

/** An error as Anthropic's client reads it: in an answer's body and in a stream alike. */
export function anthropicError(failure: Failure, requestId: string) {
  const { message } = failure
  return { type: 'error', error: { type: typeOf(failure), message: named(failure, message) }, request_id: requestId }
}

/** This form has no place for the parameter, so the message must say it. */
function named({ field }: Failure, message: string): string {
  return field === undefined || message.includes(field) ? message : `${field}: ${message}`
}

const TYPES: Record<number, string> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error'
}

function typeOf({ status, code }: Failure): string {
  if (code === 'busy' || code === 'no_provider') return 'overloaded_error'
  return TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
}
