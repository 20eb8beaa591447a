import type { GenerateRequest } from '../../interface/index.ts'

/** A picture costs a model about this many tokens' worth of text, whatever its file's size. */
const BYTES_OF_AN_IMAGE = 4_000

/** Size of what a model has to read, for an estimate of its tokens. */
export function requestBytes({ messages, tools = [] }: GenerateRequest): number {
  let bytes = tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools))
  for (const { parts, toolCalls = [] } of messages) {
    for (const part of parts) bytes += part.type === 'text' ? Buffer.byteLength(part.text) : BYTES_OF_AN_IMAGE
    for (const call of toolCalls) bytes += Buffer.byteLength(call.arguments)
  }
  return bytes
}
