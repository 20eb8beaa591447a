import {
  type AcceptIf,
  type GenerateRequest,
  InvalidRequestError,
  type JsonSchema,
  type MediaPart,
  type Message,
  type MessagePart,
  type ResponseFormat,
  type Role,
  type Tool,
  type ToolChoice
} from '../../interface/index.ts'
import { digestFromBytes, digestToBytes } from '../hex.ts'
import { packNumbers, unpackNumbers } from '../packed.ts'
import { isJobNonce } from '../receipt/job-id.ts'
import type { Attachment } from './attachments.ts'
import * as pb from './infer.pb.ts'

const ROLES: Record<Role, pb.Role> = {
  system: pb.Role.SYSTEM,
  user: pb.Role.USER,
  assistant: pb.Role.ASSISTANT,
  tool: pb.Role.TOOL
}

/**
 * A request as the first frame of a stream. The data of `attached` parts follows it in frames of their own. `jobNonce`
 * is the asker's half of the job's id, of one that keeps books.
 */
export function encodeRequest(
  request: GenerateRequest,
  attached: readonly MediaPart[] = [],
  jobNonce = new Uint8Array(0)
): Uint8Array {
  const follows = new Set<MessagePart>(attached)
  return pb.Request.encode({
    model: request.model,
    messages: request.messages.map(message => encodeMessage(message, follows)),
    maxTokens: request.maxTokens,
    sampling: request.sampling,
    stop: request.stop ?? [],
    tools: (request.tools ?? []).map(tool => ({ ...tool, parameters: JSON.stringify(tool.parameters) })),
    toolChoice: request.toolChoice === undefined ? undefined : encodeToolChoice(request.toolChoice),
    responseFormat: request.responseFormat === undefined ? undefined : encodeResponseFormat(request.responseFormat),
    logprobs: request.logprobs,
    sessionId: request.sessionId ?? '',
    conversationTag: owned(request.conversationTag ?? new Uint8Array(0)),
    deadlineMs: request.deadlineMs,
    acceptIf: request.acceptIf,
    resume: request.resume && {
      text: request.resume.text,
      tokenIds: packNumbers(request.resume.tokenIds),
      digest: digestToBytes(request.resume.digest)
    },
    canAcknowledge: true,
    maxThoughtTokens: request.maxThoughtTokens,
    singleToolCall: request.parallelToolCalls === false,
    jobNonce: owned(jobNonce)
  })
}

/** A request of a stranger, and the parts in it whose data follows. */
export interface DecodedRequest {
  request: GenerateRequest
  attachments: Attachment[]
  /** The asker's half of the job's id: it signs what it gets. */
  jobNonce?: Uint8Array
}

/** Reads a request of a stranger. Throws `InvalidRequestError`; values are not checked yet, see `validateRequest`. */
export function decodeRequest(bytes: Uint8Array): DecodedRequest {
  const raw = decodeOrFail(bytes)
  const attachments: Attachment[] = []
  const messages = raw.messages.map((message, index) => decodeMessage(message, index, attachments))
  const request: GenerateRequest = { model: raw.model, messages }
  if (raw.maxTokens !== undefined) request.maxTokens = raw.maxTokens
  if (raw.sampling !== undefined) request.sampling = raw.sampling
  if (raw.stop.length > 0) request.stop = raw.stop
  if (raw.tools.length > 0) request.tools = raw.tools.map(decodeTool)
  if (raw.toolChoice !== undefined) request.toolChoice = decodeToolChoice(raw.toolChoice)
  if (raw.responseFormat !== undefined) request.responseFormat = decodeResponseFormat(raw.responseFormat)
  if (raw.logprobs !== undefined) request.logprobs = raw.logprobs
  if (raw.sessionId !== '') request.sessionId = raw.sessionId
  if (raw.conversationTag.byteLength > 0) request.conversationTag = raw.conversationTag
  if (raw.deadlineMs !== undefined) request.deadlineMs = raw.deadlineMs
  if (raw.acceptIf !== undefined) request.acceptIf = raw.acceptIf satisfies AcceptIf
  if (raw.maxThoughtTokens !== undefined) request.maxThoughtTokens = raw.maxThoughtTokens
  if (raw.singleToolCall) request.parallelToolCalls = false
  if (raw.resume !== undefined) {
    const { text, tokenIds, digest } = raw.resume
    request.resume = { text, tokenIds: unpackNumbers(tokenIds), digest: digestFromBytes(digest) }
  }
  const signs = raw.canAcknowledge && isJobNonce(raw.jobNonce)
  return { request, attachments, ...(signs && { jobNonce: raw.jobNonce }) }
}

function decodeOrFail(bytes: Uint8Array): pb.Request {
  try {
    return pb.Request.decode(bytes)
  } catch (error) {
    throw new InvalidRequestError('the request is not a message of this protocol', { cause: error })
  }
}

function encodeMessage(message: Message, follows: ReadonlySet<MessagePart>): pb.Message {
  return {
    role: ROLES[message.role],
    parts: message.parts.map(part => encodePart(part, follows.has(part))),
    toolCalls: message.toolCalls ?? [],
    toolCallId: message.toolCallId ?? ''
  }
}

function encodePart(part: MessagePart, isAttached: boolean): pb.Part {
  if (part.type === 'text') return { text: part.text, mediaType: '' }
  const { mediaType, data } = part
  return isAttached ? { attachmentBytes: data.byteLength, mediaType } : { data: owned(data), mediaType }
}

function decodeMessage(raw: pb.Message, index: number, attachments: Attachment[]): Message {
  const role = (Object.keys(ROLES) as Role[]).find(name => ROLES[name] === raw.role)
  if (role === undefined) fail(`messages[${index}].role`, 'is not a role')
  const message: Message = { role, parts: raw.parts.map(part => decodePart(part, index, attachments)) }
  if (raw.toolCalls.length > 0) message.toolCalls = raw.toolCalls
  if (raw.toolCallId !== '') message.toolCallId = raw.toolCallId
  return message
}

function decodePart(raw: pb.Part, index: number, attachments: Attachment[]): MessagePart {
  const { text, data, mediaType, attachmentBytes } = raw
  if ([text, data, attachmentBytes].filter(value => value !== undefined).length !== 1) {
    fail(`messages[${index}].parts`, 'has a part that is not exactly one of text, data and attachment')
  }
  if (text !== undefined) return { type: 'text', text }
  if (data !== undefined) return { type: 'media', mediaType, data }
  const part: MediaPart = { type: 'media', mediaType, data: new Uint8Array(0) }
  attachments.push({ part, bytes: attachmentBytes ?? 0 })
  return part
}

function decodeTool(raw: pb.Tool): Tool {
  return { name: raw.name, description: raw.description, parameters: parseSchema('tools.parameters', raw.parameters) }
}

const MODES = { auto: pb.ToolChoiceMode.AUTO, none: pb.ToolChoiceMode.NONE, required: pb.ToolChoiceMode.REQUIRED }

function encodeToolChoice(choice: ToolChoice): pb.ToolChoice {
  if (typeof choice === 'object') return { mode: pb.ToolChoiceMode.NAMED, name: choice.name }
  return { mode: MODES[choice], name: '' }
}

function decodeToolChoice(raw: pb.ToolChoice): ToolChoice {
  if (raw.mode === pb.ToolChoiceMode.NAMED) return { name: raw.name }
  if (raw.mode === pb.ToolChoiceMode.NONE) return 'none'
  return raw.mode === pb.ToolChoiceMode.REQUIRED ? 'required' : 'auto'
}

function encodeResponseFormat(format: ResponseFormat): pb.ResponseFormat {
  if (format.type === 'json') return { kind: pb.ResponseFormatKind.JSON, schema: '' }
  if (format.type === 'text') return { kind: pb.ResponseFormatKind.TEXT, schema: '' }
  return { kind: pb.ResponseFormatKind.JSON_SCHEMA, schema: JSON.stringify(format.schema) }
}

function decodeResponseFormat(raw: pb.ResponseFormat): ResponseFormat {
  if (raw.kind === pb.ResponseFormatKind.JSON) return { type: 'json' }
  if (raw.kind !== pb.ResponseFormatKind.JSON_SCHEMA) return { type: 'text' }
  return { type: 'json_schema', schema: parseSchema('response_format.schema', raw.schema) }
}

function parseSchema(field: string, text: string): JsonSchema {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new InvalidRequestError(`${field} is not JSON`, { cause: error, details: { field } })
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) fail(field, 'must be a JSON object')
  return value as JsonSchema
}

function owned(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data)
}

function fail(field: string, problem: string): never {
  throw new InvalidRequestError(`${field} ${problem}`, { details: { field } })
}
