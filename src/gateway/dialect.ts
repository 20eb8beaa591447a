import { anthropicError } from './anthropic/error-body.ts'
import type { Failure } from './failure.ts'
import { ollamaError } from './ollama/error-body.ts'
import { openaiError } from './openai/error-body.ts'

/** Which client library's language a call is in. */
export type Dialect = 'openai' | 'anthropic' | 'ollama'

/** The dialect of a path; what belongs to none is answered as OpenAI does. */
export function dialectOf(path: string, headers: { get(name: string): string | null }): Dialect {
  if (path.startsWith('/api/')) return 'ollama'
  if (path.startsWith('/v1/messages') || headers.get('anthropic-version') !== null) return 'anthropic'
  return 'openai'
}

/** The body of an answer that tells of a failure. */
export function errorBody(dialect: Dialect, failure: Failure, requestId: string): unknown {
  if (dialect === 'ollama') return ollamaError(failure)
  return dialect === 'anthropic' ? anthropicError(failure, requestId) : openaiError(failure)
}
