import type { z } from 'zod'
import { InvalidRequestError, MAX_MEDIA_BYTES, MAX_REQUEST_BYTES, PayloadTooLargeError } from '../interface/index.ts'
import { HttpFailure } from './failure.ts'
import type { Call, Gateway } from './gateway.ts'
import { issueText } from './issue-text.ts'

/** JSON escapes can make a request several times longer than its text. */
export const MAX_BODY_BYTES = 8 * MAX_REQUEST_BYTES

/** The same with images, which base64 makes a third longer. */
export const MAX_IMAGE_BODY_BYTES = MAX_BODY_BYTES + Math.ceil((MAX_MEDIA_BYTES * 4) / 3)

/** What is small enough to have room set aside for it before it is there. */
const SMALL_BODY_BYTES = 256 << 10

/** Levels of a body: a schema has 16 at most and stands a few levels down, arguments of a call are rarely deeper. */
const MAX_BODY_DEPTH = 64

/** Reads and checks the body of a call. Throws `HttpFailure`, `PayloadTooLargeError` or `InvalidRequestError`. */
export async function readBody<S extends z.ZodType>(
  call: Call,
  gateway: Gateway,
  schema: S,
  maxBytes = MAX_BODY_BYTES
): Promise<z.output<S>> {
  checkType(call)
  const parsed = checked(schema, parseJson(await readText(call, gateway, maxBytes)))
  if (parsed.success) return parsed.data
  const { field, message } = issueText(parsed.error.issues)
  throw new InvalidRequestError(message, { details: { field } })
}

/** zod compares `length` of what it found to be no text; an object can have one that cannot be compared. */
function checked<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> {
  try {
    return schema.safeParse(value)
  } catch (error) {
    throw new InvalidRequestError('the body has a value of a wrong type', { cause: error, details: { field: 'body' } })
  }
}

/** A page can send text/plain to anybody without being asked; JSON it cannot. */
function checkType(call: Call): void {
  const type = call.req.header('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new HttpFailure('unsupported_media_type', 'the content type must be application/json')
  }
  const encoding = call.req.header('content-encoding') ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') {
    throw new HttpFailure('unsupported_media_type', 'the body must not be compressed')
  }
}

async function readText(call: Call, gateway: Gateway, maxBytes: number): Promise<string> {
  const tooLarge = () => new PayloadTooLargeError(`the body is larger than ${maxBytes} bytes`)
  const saidBytes = Number(call.req.header('content-length') ?? Number.NaN)
  if (saidBytes > maxBytes) throw tooLarge()
  if (saidBytes <= SMALL_BODY_BYTES) return await readSmall(call, gateway, saidBytes)
  const pieces: Uint8Array[] = []
  const releases: (() => void)[] = []
  let bytes = 0
  try {
    for await (const piece of call.req.raw.body ?? []) {
      bytes += piece.byteLength
      if (bytes > maxBytes) throw tooLarge()
      releases.push(gateway.inFlight.reading.take(piece.byteLength))
      pieces.push(piece)
    }
    return Buffer.concat(pieces).toString('utf8')
  } finally {
    for (const release of releases) release()
    gateway.metrics.received(call.get('route'), bytes)
  }
}

/** No more can come than the head says, so that all of it may be read at once: a stream costs two milliseconds more. */
async function readSmall(call: Call, gateway: Gateway, bytes: number): Promise<string> {
  const release = gateway.inFlight.reading.take(bytes)
  try {
    const read = Buffer.from(await call.req.raw.arrayBuffer())
    gateway.metrics.received(call.get('route'), read.byteLength)
    return read.toString('utf8')
  } finally {
    release()
  }
}

function parseJson(text: string): unknown {
  const value = parsed(text)
  if (isDeep(value)) {
    throw new InvalidRequestError(`the body is nested deeper than ${MAX_BODY_DEPTH} levels`, {
      details: { field: 'body' }
    })
  }
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const cause = text.trim() === '' ? 'the body is empty' : 'the body is not JSON'
    throw new InvalidRequestError(cause, { cause: error, details: { field: 'body' } })
  }
}

/** What is read by functions that call themselves, as `JSON.stringify` does, must have an end that they reach. */
function isDeep(value: unknown): boolean {
  const pending = [{ value, depth: 1 }]
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    if (entry.value === null || typeof entry.value !== 'object') continue
    if (entry.depth > MAX_BODY_DEPTH) return true
    for (const inner of Object.values(entry.value)) {
      if (inner !== null && typeof inner === 'object') pending.push({ value: inner, depth: entry.depth + 1 })
    }
  }
  return false
}
