import {
  BusyError,
  ContextLengthExceededError,
  EngineCrashedError,
  EngineStoppedError,
  InvalidRequestError,
  ModelNotFoundError,
  P2paiError,
  PayloadTooLargeError,
  RefusedError,
  throwIfAborted,
  UnsupportedFeatureError
} from '../../interface/index.ts'
import { errorText, type ServerError } from './server-error.ts'

const DEFAULT_RETRY_MS = 2_000
const MAX_RETRY_MS = 60_000

/**
 * What a status other than 200 means. Peers see these messages: they name neither the server nor its key, and only
 * what the server says of the request itself is passed on.
 */
export function refusal(status: number, error: ServerError, retryAfter: string | null): P2paiError {
  const text = errorText(error)
  if (status === 401 || status === 403) {
    return new RefusedError('the server behind this node does not take the key that it was given')
  }
  if (status === 429 || status === 503) {
    return new BusyError('the server behind this node is busy', { details: { retryAfterMs: retryMs(retryAfter) } })
  }
  if (status >= 300 && status < 400) {
    return new EngineStoppedError('the server behind this node redirects, which is never followed')
  }
  // Some servers say 500 where they mean the request.
  const feature = missingFeature(error)
  if (feature !== undefined) return new UnsupportedFeatureError(text, { details: { field: feature } })
  if (status === 404) return new ModelNotFoundError('the server behind this node does not have the model')
  if (status === 413) return new PayloadTooLargeError('the request is too large for the server behind this node')
  const tooLong = contextFailure(error)
  if (tooLong !== undefined) return tooLong
  if (status === 400 || status === 422) {
    return new InvalidRequestError(text, error.param === undefined ? {} : { details: { field: error.param } })
  }
  return new EngineCrashedError(`the server behind this node failed with status ${status}`)
}

/** What an error inside of a stream means; it has no status. */
export function streamFailure(error: ServerError): P2paiError {
  const status = typeof error.code === 'number' && error.code >= 400 && error.code < 600 ? error.code : 500
  return refusal(error.code === 'busy' ? 503 : status, error, null)
}

/** What a connection that did not come about, or broke, means. Passes on what a signal was aborted with. */
export function connectionFailure(cause: unknown, signal: AbortSignal | undefined): P2paiError {
  try {
    throwIfAborted(signal)
  } catch (aborted) {
    return aborted as P2paiError
  }
  if (cause instanceof P2paiError) return cause
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : ''
  if (NOT_THERE.has(code)) return new EngineStoppedError('the server behind this node is not running', { cause })
  return new EngineCrashedError('the connection to the server behind this node broke', { cause })
}

const NOT_THERE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT'
])

function retryMs(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? Number.NaN)
  if (!Number.isFinite(seconds) || seconds <= 0) return DEFAULT_RETRY_MS
  return Math.min(MAX_RETRY_MS, Math.round(seconds * 1000))
}

function missingFeature({ code, message, param }: ServerError): string | undefined {
  if (code === 'unsupported_feature') return param ?? 'request'
  if (/tool.{0,80}(requires|not support|unsupported)|not support.{0,20}tool/i.test(message)) return 'tools'
  if (
    /(image|multimodal|vision).{0,60}(not support|unsupported|at most 0)|not a multimodal|at most 0 image/i.test(
      message
    )
  )
    return 'messages'
  return undefined
}

/** The wordings of vLLM, SGLang, llama-server and p2pai for the size of the context, then for that of the prompt. */
const CONTEXT = [/context (?:length|size|window)(?: is| of)? \(?(\d+)/i, /context holds (\d+)/i] as const
const PROMPT = [
  /\((\d+) in the messages/i,
  /(\d+) input tokens/i,
  /prompt (?:has|contains|with) (?:at least )?(\d+)/i,
  /\bhas (\d+) tokens/i,
  /(?:input|request) \((\d+) tokens/i,
  /requested (?:about )?(\d+) tokens/i
] as const

function contextFailure(error: ServerError): ContextLengthExceededError | undefined {
  const { code, type, message } = error
  const isNamed = code === 'context_length_exceeded' || type === 'exceed_context_size_error'
  const contextSizeTokens = error.contextSizeTokens ?? firstNumber(CONTEXT, message)
  if (!isNamed && contextSizeTokens === undefined) return undefined
  const promptTokens = error.promptTokens ?? firstNumber(PROMPT, message)
  return new ContextLengthExceededError(errorText(error), {
    details: {
      ...(promptTokens !== undefined && { promptTokens }),
      ...(contextSizeTokens !== undefined && { contextSizeTokens })
    }
  })
}

function firstNumber(patterns: readonly RegExp[], text: string): number | undefined {
  for (const pattern of patterns) {
    const found = Number(pattern.exec(text)?.[1] ?? Number.NaN)
    if (Number.isSafeInteger(found)) return found
  }
  return undefined
}
