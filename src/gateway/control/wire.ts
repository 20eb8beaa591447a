import {
  type EngineEvent,
  type ErrorDetails,
  errorFromCode,
  type GenerateRequest,
  type Message,
  type MessagePart,
  type P2paiError
} from '../../interface/index.ts'

/** Header of every answer with the version of the daemon. */
export const VERSION_HEADER = 'p2pai-version'

/** Path under which all routes lie. */
export const CONTROL_BASE = '/p2pai/v1'

/** A request as JSON: bytes are base64 texts. */
export type WireRequest = Omit<GenerateRequest, 'messages' | 'conversationTag'> & {
  messages: (Omit<Message, 'parts'> & { parts: WirePart[] })[]
  conversationTag?: string
}

type WirePart = Extract<MessagePart, { type: 'text' }> | { type: 'media'; mediaType: string; data: string }

/** An event as JSON: bytes are base64 texts. */
export type WireEvent = EngineEvent extends infer E
  ? E extends { conversationTag?: Uint8Array }
    ? Omit<E, 'conversationTag'> & { conversationTag?: string }
    : E
  : never

/** What cannot be told by a status line, because tokens were sent already. Always the last line. */
export interface WireError {
  type: 'error'
  error: WireFailure
}

/** An error as `P2paiError.toJSON` writes it. */
export type WireFailure = { code: string; message: string; retryable: boolean } & ErrorDetails

/** The error that a daemon told of. */
export function failureFromWire({ code, message, retryable: _, ...details }: WireFailure): P2paiError {
  return errorFromCode(code, message, details)
}

/** A request in the form that JSON can carry. */
export function requestToWire(request: GenerateRequest): WireRequest {
  const { conversationTag, messages, ...rest } = request
  return {
    ...rest,
    messages: messages.map(message => ({ ...message, parts: message.parts.map(partToWire) })),
    ...(conversationTag && { conversationTag: toBase64(conversationTag) })
  }
}

/** The request that `requestToWire` was given. */
export function requestFromWire(request: WireRequest): GenerateRequest {
  const { conversationTag, messages, ...rest } = request
  return {
    ...rest,
    messages: messages.map(message => ({ ...message, parts: message.parts.map(partFromWire) })),
    ...(conversationTag && { conversationTag: fromBase64(conversationTag) })
  }
}

/** An event in the form that JSON can carry. */
export function eventToWire(event: EngineEvent): WireEvent {
  if (event.type !== 'end') return event
  const { conversationTag, ...rest } = event
  return { ...rest, ...(conversationTag && { conversationTag: toBase64(conversationTag) }) }
}

/** The event that `eventToWire` was given. */
export function eventFromWire(event: WireEvent): EngineEvent {
  if (event.type !== 'end') return event
  const { conversationTag, ...rest } = event
  return { ...rest, ...(conversationTag && { conversationTag: fromBase64(conversationTag) }) }
}

function partToWire(part: MessagePart): WirePart {
  return part.type === 'media' ? { ...part, data: toBase64(part.data) } : part
}

function partFromWire(part: WirePart): MessagePart {
  return part.type === 'media' ? { ...part, data: fromBase64(part.data) } : part
}

/** Bytes as a text of JSON. */
export function toBase64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
}

/** The bytes that `toBase64` was given. */
export function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}
