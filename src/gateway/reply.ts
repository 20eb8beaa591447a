import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { dialectOf, errorBody } from './dialect.ts'
import { type Failure, failureOf, isUnforeseen } from './failure.ts'
import type { Call, Gateway } from './gateway.ts'

/** Whoever is refused is told to come back up to half as late again as it must: a crowd would come at one moment. */
const RETRY_SPREAD = 0.5

/** Answers with JSON. */
export function replyJson(call: Call, gateway: Gateway, value: unknown, status = 200): Response {
  const text = JSON.stringify(value)
  gateway.metrics.sent(call.get('route'), Buffer.byteLength(text))
  return call.body(text, status as ContentfulStatusCode, { 'content-type': 'application/json' })
}

/** Answers with what was thrown, in the dialect of the path. */
export function replyFailure(call: Call, gateway: Gateway, thrown: unknown): Response {
  const failure = failureOf(thrown)
  gateway.metrics.refused(call.get('route'), failure.code, failure.attempts)
  logUnforeseen(call, gateway, thrown)
  sayRetry(call, failure)
  const requestId = call.get('requestId')
  return replyJson(
    call,
    gateway,
    errorBody(dialectOf(call.req.path, call.req.raw.headers), failure, requestId),
    failure.status
  )
}

/** Writes the cause of a failure that should not be to the log. */
export function logUnforeseen(call: Call, gateway: Gateway, thrown: unknown): void {
  if (!isUnforeseen(thrown)) return
  const error = thrown instanceof Error ? thrown.message : String(thrown)
  gateway.log('error', 'gateway failed', { requestId: call.get('requestId'), route: call.get('route'), error })
}

function sayRetry(call: Call, { retryAfterMs, mayRetry }: Failure): void {
  if (retryAfterMs !== undefined) {
    const spreadMs = Math.ceil(retryAfterMs * (1 + RETRY_SPREAD * Math.random()))
    const leastSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
    // Whole seconds are rounded by chance, or all would be the same.
    call.header('retry-after', String(Math.max(leastSeconds, Math.floor(spreadMs / 1000 + Math.random()))))
    call.header('retry-after-ms', String(spreadMs))
  }
  // OpenAI's and Anthropic's clients would otherwise repeat some refusals twice before they tell of them.
  if (!mayRetry) call.header('x-should-retry', 'false')
}
