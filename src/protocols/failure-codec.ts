import { type ErrorCode, type ErrorDetails, errorFromCode, type P2paiError } from '../interface/index.ts'
import { whole } from './whole.ts'

/** What a provider may say about a failure; the other codes are made at the asking side, or on one machine only. */
export const SENT_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid_request',
  'payload_too_large',
  'context_length_exceeded',
  'unsupported_feature',
  'model_not_found',
  'busy',
  'refused',
  'engine_crashed',
  'engine_stopped',
  'model_quarantined',
  'bad_model',
  'insufficient_memory',
  'deadline_exceeded',
  'slow_reader',
  'protocol_error',
  'aborted',
  'internal'
])

/** The message `Error` of the protocols with one request a stream. */
export interface FailureMessage {
  code: string
  message: string
  field: string
  promptTokens?: number
  contextSizeTokens?: number
  retryAfterMs?: number
  suggestions: string[]
}

/** A failure as it is sent. Only its code, its message and its details leave this machine. */
export function encodeFailure(error: P2paiError): FailureMessage {
  const { promptTokens, contextSizeTokens, retryAfterMs, field, suggestions = [] } = error.details
  return {
    code: SENT_CODES.has(error.code) ? error.code : 'internal',
    message: cut(error.message, 512),
    field: field ?? '',
    ...(promptTokens !== undefined && { promptTokens }),
    ...(contextSizeTokens !== undefined && { contextSizeTokens }),
    ...(retryAfterMs !== undefined && { retryAfterMs: whole(retryAfterMs) }),
    suggestions: suggestions.slice(0, 4).map(name => cut(name, 128))
  }
}

/** The failure that a provider told of. */
export function decodeFailure(raw: FailureMessage): P2paiError {
  const details: ErrorDetails = {}
  if (raw.field !== '') details.field = raw.field.slice(0, 64)
  if (raw.promptTokens !== undefined) details.promptTokens = raw.promptTokens
  if (raw.contextSizeTokens !== undefined) details.contextSizeTokens = raw.contextSizeTokens
  if (raw.retryAfterMs !== undefined) details.retryAfterMs = raw.retryAfterMs
  if (raw.suggestions.length > 0) details.suggestions = raw.suggestions.map(name => cut(name, 128))
  return errorFromCode(SENT_CODES.has(raw.code) ? raw.code : 'internal', cut(raw.message, 512), details)
}

/** A text of at most so many UTF-16 units; half a pair at the cut would not be UTF-8. */
function cut(text: string, maxLength: number): string {
  return text.slice(0, maxLength).toWellFormed()
}
