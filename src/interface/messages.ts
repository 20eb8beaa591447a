/** Who speaks a message. `tool` carries the result of a tool call back to the model. */
export type Role = 'system' | 'user' | 'assistant' | 'tool'

/** A run of plain text. User text is never read as control tokens of the chat template. */
export interface TextPart {
  type: 'text'
  text: string
}

/** An image, in a message of the user. An engine that cannot read it throws `UnsupportedFeatureError`. */
export interface MediaPart {
  type: 'media'
  /** What `data` is by its first bytes, too: `image/png`, `image/jpeg`, `image/webp` or `image/gif`. */
  mediaType: string
  data: Uint8Array
}

export type MessagePart = TextPart | MediaPart

/** One call of a tool that the model asked for. */
export interface ToolCall {
  /** Names the call, so that its result can be matched to it. */
  id: string
  name: string
  /** The arguments as JSON text, as the model wrote it. */
  arguments: string
}

/** One turn of the conversation. */
export interface Message {
  role: Role
  parts: MessagePart[]
  /** Calls that an assistant message asked for. */
  toolCalls?: ToolCall[]
  /** On a `tool` message: the call that this is the result of. */
  toolCallId?: string
}

/** A function that the model may ask the caller to run. Tools never run on the provider. */
export interface Tool {
  name: string
  description: string
  /** JSON schema of the arguments. */
  parameters: JsonSchema
}

/** Whether the model may, must or must not call a tool, or which one it must call. */
export type ToolChoice = 'auto' | 'none' | 'required' | { name: string }

/** A JSON schema, already parsed. At most 16 KiB as text and 16 levels deep when it comes from a peer. */
export type JsonSchema = { [key: string]: unknown }

/** The form of the answer. `json_schema` is enforced by a grammar, token by token. */
export type ResponseFormat = { type: 'text' } | { type: 'json' } | { type: 'json_schema'; schema: JsonSchema }

/** A message of one text part. */
export function textMessage(role: Role, text: string): Message {
  return { role, parts: [{ type: 'text', text }] }
}

/** All text of a message, parts joined without a separator. */
export function messageText(message: Message): string {
  return message.parts.map(part => (part.type === 'text' ? part.text : '')).join('')
}
