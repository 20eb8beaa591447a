import { InvalidRequestError } from '../../interface/index.ts'
import type { Call } from '../gateway.ts'

/** Headers of an answer that pages may read. */
const EXPOSED = 'x-p2pai-peer, x-request-id, retry-after, retry-after-ms'
/** How long a browser may remember what it may do, in seconds. */
const MAX_AGE_SECONDS = '600'

/** Tells a listed page's browser that it may read the answer. */
export function allowOrigin(call: Call, cors: readonly string[]): void {
  if (cors.length === 0) return
  call.header('vary', 'Origin', { append: true })
  const origin = call.req.header('origin')
  if (origin === undefined || !cors.includes(origin)) return
  call.header('access-control-allow-origin', origin)
  call.header('access-control-expose-headers', EXPOSED)
}

/** Answers a browser that asks before it lets a listed page call; undefined when this is no such question. */
export function answerPreflight(call: Call, cors: readonly string[]): Response | undefined {
  const origin = call.req.header('origin')
  if (call.req.method !== 'OPTIONS' || origin === undefined || !cors.includes(origin)) return undefined
  if (call.req.header('access-control-request-method') === undefined) return undefined
  call.header('access-control-allow-methods', 'GET, POST, DELETE')
  const headers = call.req.header('access-control-request-headers')
  // Client libraries send headers of many names. The page is trusted by name, so its headers are too.
  if (headers !== undefined && /^[\w\-, ]+$/.test(headers)) call.header('access-control-allow-headers', headers)
  call.header('access-control-max-age', MAX_AGE_SECONDS)
  return call.body(null, 204)
}

/** Checks origins that somebody listed. Throws `InvalidRequestError`. */
export function checkOrigins(origins: readonly string[]): readonly string[] {
  for (const origin of origins) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue
    throw new InvalidRequestError(`${JSON.stringify(origin)} is not an origin such as https://example.org`, {
      details: { field: 'cors' }
    })
  }
  return origins
}
