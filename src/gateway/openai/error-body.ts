import type { Failure } from '../failure.ts'

/** An error as OpenAI's clients read it: in an answer's body and in a stream alike. */
export function openaiError({ status, code, message, field }: Failure): { error: OpenaiError } {
  return { error: { message, type: typeOf(status), param: field ?? null, code } }
}

/** The inner object. */
export interface OpenaiError {
  message: string
  type: string
  param: string | null
  code: string
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}
