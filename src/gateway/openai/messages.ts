import { z } from 'zod'
import { type Message, type MessagePart, textMessage } from '../../interface/index.ts'
import { mediaFromUrl } from './media.ts'
import { imageDetail, parsedByClient } from './parameters.ts'

const textPart = z.strictObject({ type: z.literal('text'), text: z.string() })
const imagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({ url: z.string(), detail: imageDetail })
})
const texts = z.union([z.string(), z.array(textPart).min(1)])

const toolCall = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string(), parsed_arguments: parsedByClient })
})

/** What comes back in an answer may be sent again as it is. */
const assistant = z.strictObject({
  role: z.literal('assistant'),
  content: texts.nullish(),
  tool_calls: z.array(toolCall).nullish(),
  refusal: z.null().optional(),
  annotations: z.array(z.never()).optional(),
  audio: z.null().optional(),
  function_call: z.null().optional(),
  parsed: parsedByClient,
  reasoning_content: z.string().nullish().describe('Reasoning of earlier turns is no part of a prompt')
})

/** One message of `POST /v1/chat/completions`. */
export const chatMessage = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: texts }),
  z.strictObject({ role: z.literal('developer'), content: texts }),
  z.strictObject({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, imagePart])).min(1)])
  }),
  assistant,
  z.strictObject({ role: z.literal('tool'), content: texts, tool_call_id: z.string().min(1) })
])

type ChatMessage = z.output<typeof chatMessage>

/** The conversation as engines take it. Throws `InvalidRequestError` for an image that is not in the request. */
export function readMessages(messages: readonly ChatMessage[]): Message[] {
  return messages.map((message, index) => {
    if (message.role === 'assistant') return fromAssistant(message)
    const role = message.role === 'developer' ? 'system' : message.role
    const parts = partsOf(message.content, `messages[${index}].content`)
    return message.role === 'tool' ? { role, parts, toolCallId: message.tool_call_id } : { role, parts }
  })
}

function fromAssistant({ content, tool_calls }: Extract<ChatMessage, { role: 'assistant' }>): Message {
  const calls = (tool_calls ?? []).map(({ id, function: { name, arguments: text } }) => ({ id, name, arguments: text }))
  const message = { role: 'assistant' as const, parts: partsOf(content ?? '', 'messages') }
  return calls.length === 0 ? message : { ...message, toolCalls: calls }
}

type Part = z.output<typeof textPart> | z.output<typeof imagePart>

function partsOf(content: string | readonly Part[], field: string): MessagePart[] {
  if (typeof content === 'string') return textMessage('user', content).parts
  return content.map((part, index) =>
    part.type === 'text' ? part : mediaFromUrl(part.image_url.url, `${field}[${index}].image_url.url`)
  )
}
