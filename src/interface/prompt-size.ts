import type { GenerateRequest } from './request.ts'

/** Bytes of a token, about, where nobody has counted yet. */
const BYTES_PER_TOKEN = 4
/** A picture costs a model about this many tokens' worth of text, whatever its file's size. */
const BYTES_OF_AN_IMAGE = 4_000
const encoder = new TextEncoder()

/** Tokens of a text that nobody has counted yet. */
export function roughTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

/** Size of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).byteLength
}

/** Size of what a model has to read: messages with their calls, tools, and the answer begun elsewhere. */
export function requestBytes({ messages, tools = [], toolChoice, resume }: GenerateRequest): number {
  let bytes = tools.length === 0 || toolChoice === 'none' ? 0 : utf8Bytes(JSON.stringify(tools))
  for (const { parts, toolCalls = [] } of messages) {
    for (const part of parts) bytes += part.type === 'text' ? utf8Bytes(part.text) : BYTES_OF_AN_IMAGE
    for (const call of toolCalls) bytes += utf8Bytes(call.name) + utf8Bytes(call.arguments)
  }
  return bytes + utf8Bytes(resume?.text ?? '')
}
