import { InvalidRequestError, PayloadTooLargeError } from './errors.ts'
import * as limits from './limits.ts'
import type { JsonSchema, Message } from './messages.ts'
import { utf8Bytes } from './prompt-size.ts'
import type { GenerateRequest, Resume } from './request.ts'
import { checkMediaPart, checkMediaSizes, mediaParts } from './validate-media.ts'

/**
 * Checks a request from any source and returns it with its numbers clamped. Counts of tokens are clamped; a value
 * without meaning is refused. Throws `InvalidRequestError` with `details.field`, or `PayloadTooLargeError`.
 */
export function validateRequest(request: GenerateRequest): GenerateRequest {
  checkText('model', request.model, limits.MAX_NAME_LENGTH)
  if (!Array.isArray(request.messages) || request.messages.length === 0) fail('messages', 'must not be empty')
  if (request.messages.length > limits.MAX_MESSAGES) fail('messages', `has more than ${limits.MAX_MESSAGES} entries`)
  let bytes = 0
  request.messages.forEach((message, index) => {
    bytes += checkMessage(message, `messages[${index}]`)
  })
  if (bytes > limits.MAX_REQUEST_BYTES) {
    throw new PayloadTooLargeError(`the messages have ${bytes} bytes, the limit is ${limits.MAX_REQUEST_BYTES}`, {
      details: { field: 'messages' }
    })
  }
  checkMediaSizes(mediaParts(request.messages).map(part => part.data.byteLength))
  checkSampling(request)
  checkStop(request.stop)
  if (request.sessionId !== undefined) checkText('session_id', request.sessionId, limits.MAX_SESSION_ID_LENGTH)
  if ((request.conversationTag?.byteLength ?? 0) > limits.MAX_CONVERSATION_TAG_BYTES) {
    fail('conversation_tag', `is longer than ${limits.MAX_CONVERSATION_TAG_BYTES} bytes`)
  }
  checkNumber('accept_if.first_token_ms', request.acceptIf?.firstTokenMs, 0, 0xffffffff)
  checkNumber('accept_if.total_ms', request.acceptIf?.totalMs, 0, 0xffffffff)
  checkNumber('accept_if.price_per_kilo_token', request.acceptIf?.pricePerKiloToken, 0, 0xffffffff)
  checkNumber('accept_if.expected_tokens', request.acceptIf?.expectedTokens, 0, 0xffffffff)
  if (request.resume !== undefined) checkResume(request.resume)
  checkTools(request)
  if (request.responseFormat?.type === 'json_schema')
    checkSchema('response_format.schema', request.responseFormat.schema)
  const clamped: GenerateRequest = { ...request }
  if (request.maxTokens !== undefined) {
    checkNumber('max_tokens', request.maxTokens, 0, Number.MAX_SAFE_INTEGER, true)
    clamped.maxTokens = Math.min(request.maxTokens, limits.MAX_TOKENS)
  }
  if (request.maxThoughtTokens !== undefined) {
    checkNumber('max_thought_tokens', request.maxThoughtTokens, 0, Number.MAX_SAFE_INTEGER, true)
    clamped.maxThoughtTokens = Math.min(request.maxThoughtTokens, limits.MAX_TOKENS)
  }
  if (request.deadlineMs !== undefined) {
    checkNumber('deadline_ms', request.deadlineMs, 1, Number.MAX_SAFE_INTEGER)
    clamped.deadlineMs = Math.min(request.deadlineMs, limits.MAX_DEADLINE_MS)
  }
  return clamped
}

function checkMessage(message: Message, field: string): number {
  if (message === null || typeof message !== 'object') fail(field, 'must be a message')
  if (!Array.isArray(message.parts)) fail(`${field}.parts`, 'must be a list of parts, as textMessage() makes it')
  if (!['system', 'user', 'assistant', 'tool'].includes(message.role)) fail(`${field}.role`, 'is not a role')
  if (message.parts.length > limits.MAX_PARTS) fail(`${field}.parts`, `has more than ${limits.MAX_PARTS} entries`)
  let bytes = 0
  for (const part of message.parts) {
    if (part?.type === 'media' && part.data instanceof Uint8Array) checkMediaPart(part, message.role, `${field}.parts`)
    else if (part?.type === 'text' && typeof part.text === 'string') bytes += utf8Bytes(part.text)
    else fail(`${field}.parts`, 'has a part that is neither text nor media')
  }
  for (const call of message.toolCalls ?? []) {
    checkToolName(`${field}.tool_calls.name`, call.name)
    bytes += utf8Bytes(call.arguments)
  }
  return bytes
}

function checkSampling({ sampling = {}, logprobs }: GenerateRequest): void {
  checkNumber('temperature', sampling.temperature, 0, 2)
  checkNumber('top_p', sampling.topP, Number.MIN_VALUE, 1)
  checkNumber('top_k', sampling.topK, 0, limits.MAX_TOP_K, true)
  checkNumber('min_p', sampling.minP, 0, 1)
  checkNumber('seed', sampling.seed, 0, 0xffffffff, true)
  checkNumber('repeat_penalty', sampling.repeatPenalty, 0.5, 2)
  checkNumber('frequency_penalty', sampling.frequencyPenalty, -2, 2)
  checkNumber('presence_penalty', sampling.presencePenalty, -2, 2)
  checkNumber('logprobs', logprobs, 0, limits.MAX_LOGPROBS, true)
}

function checkTools({ tools = [], toolChoice = 'auto' }: GenerateRequest): void {
  if (tools.length > limits.MAX_TOOLS) fail('tools', `has more than ${limits.MAX_TOOLS} entries`)
  const names = new Set<string>()
  for (const tool of tools) {
    checkToolName('tools.name', tool.name)
    checkSchema('tools.parameters', tool.parameters)
    if (names.has(tool.name)) fail('tools.name', `${JSON.stringify(tool.name)} occurs twice`)
    names.add(tool.name)
  }
  if (typeof toolChoice === 'object') {
    if (!names.has(toolChoice.name)) fail('tool_choice', 'names a tool that is not in tools')
  } else if (toolChoice === 'required' && tools.length === 0) fail('tool_choice', 'demands a call, but tools is empty')
}

/** Names are written between marks of chat templates, in prompts and in answers; they must not look like one. */
function checkToolName(field: string, name: string): void {
  checkText(field, name, limits.MAX_NAME_LENGTH)
  if (!/^[\w.:/-]+$/.test(name)) fail(field, 'may have letters from a to z, digits and _ - . : / only')
}

function checkResume({ text, tokenIds, digest }: Resume): void {
  if (typeof text !== 'string') fail('resume.text', 'must be a text')
  if (!/^[0-9a-f]{64}$/.test(digest)) fail('resume.digest', 'must be 64 hex digits')
  if (!Array.isArray(tokenIds) || tokenIds.length > limits.MAX_RESUME_TOKENS) {
    fail('resume.token_ids', `must be a list of at most ${limits.MAX_RESUME_TOKENS} ids`)
  }
  for (const id of tokenIds) checkNumber('resume.token_ids', id, 0, 0xffffffff, true)
}

function checkStop(stop: string[] = []): void {
  if (stop.length > limits.MAX_STOP_STRINGS) fail('stop', `has more than ${limits.MAX_STOP_STRINGS} entries`)
  for (const text of stop) checkText('stop', text, limits.MAX_STOP_LENGTH)
}

function checkText(field: string, value: unknown, maxLength: number): void {
  if (typeof value !== 'string' || value.length === 0) fail(field, 'must be a text that is not empty')
  else if (value.length > maxLength) fail(field, `has ${value.length} characters, the limit is ${maxLength}`)
}

function checkNumber(field: string, value: number | undefined, min: number, max: number, whole = false): void {
  if (value === undefined) return
  if (typeof value !== 'number' || !(value >= min && value <= max) || (whole && !Number.isSafeInteger(value))) {
    fail(field, `is ${value}, but must be ${whole ? 'a whole number ' : ''}from ${min} to ${max}`)
  }
}

/** Bounds a schema before anything walks it: bytes, depth, and nothing that would be fetched. */
function checkSchema(field: string, schema: JsonSchema): void {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) fail(field, 'must be a JSON object')
  const pending: { value: unknown; depth: number }[] = [{ value: schema, depth: 1 }]
  let nodes = 0
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    if (entry.value === null || typeof entry.value !== 'object') continue
    if (entry.depth > limits.MAX_SCHEMA_DEPTH) fail(field, `is deeper than ${limits.MAX_SCHEMA_DEPTH} levels`)
    if (++nodes > limits.MAX_SCHEMA_BYTES) fail(field, `is larger than ${limits.MAX_SCHEMA_BYTES} bytes`)
    for (const [key, value] of Object.entries(entry.value)) {
      if (key === '$ref' && !(typeof value === 'string' && value.startsWith('#')))
        fail(field, 'has a $ref to elsewhere')
      pending.push({ value, depth: entry.depth + 1 })
    }
  }
  if (JSON.stringify(schema).length > limits.MAX_SCHEMA_BYTES)
    fail(field, `is larger than ${limits.MAX_SCHEMA_BYTES} bytes`)
}

function fail(field: string, problem: string): never {
  throw new InvalidRequestError(`${field} ${problem}`, { details: { field } })
}
