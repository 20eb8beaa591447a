import { z } from 'zod'
import { type Message, type MessagePart, textMessage } from '../../../interface/index.ts'
import { mediaFromUrl } from '../media.ts'
import { imageDetail, parsedByClient } from '../parameters.ts'

const textPart = z.strictObject({
  type: z.enum(['input_text', 'output_text']),
  text: z.string(),
  annotations: z.array(z.never()).optional(),
  logprobs: z.array(z.unknown()).optional(),
  parsed: parsedByClient
})
const imagePart = z.strictObject({
  type: z.literal('input_image'),
  image_url: z.string(),
  detail: imageDetail
})
const itemFields = { id: z.string().nullish(), status: z.string().nullish() }

const message = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([z.string(), z.array(z.union([textPart, imagePart])).min(1)]),
  ...itemFields
})
const functionCall = z.strictObject({
  type: z.literal('function_call'),
  call_id: z.string().min(1),
  name: z.string().min(1),
  arguments: z.string(),
  parsed_arguments: parsedByClient,
  ...itemFields
})
const functionOutput = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: z.string().min(1),
  output: z.union([z.string(), z.array(textPart)]),
  ...itemFields
})
const reasoning = z
  .looseObject({ type: z.literal('reasoning') })
  .describe('Reasoning of earlier turns is no part of a prompt')

/** One item of `input`. What an answer had in `output` may be sent again as it is. */
export const inputItem = z.union([message, functionCall, functionOutput, reasoning])

/** An item of an earlier answer, by its id alone. */
const itemReference = z.strictObject({ type: z.literal('item_reference'), id: z.string().min(1).max(128) })

/** What `input` may hold. */
export const inputOrReference = z.union([message, functionCall, functionOutput, reasoning, itemReference])

/** A checked item. */
export type InputItem = z.output<typeof inputItem>
export type ItemReference = z.output<typeof itemReference>

/** The conversation as engines take it: instructions first. */
export function readInput(input: string | readonly InputItem[], instructions: string | null | undefined): Message[] {
  const items = typeof input === 'string' ? [textMessage('user', input)] : joinTurns(input.flatMap(readItem))
  return instructions ? [textMessage('system', instructions), ...items] : items
}

/** What the model said in one turn is several items here, text and calls; engines take it as one message. */
function joinTurns(messages: readonly Message[]): Message[] {
  const joined: Message[] = []
  for (const message of messages) {
    const last = joined.at(-1)
    if (message.toolCalls === undefined || last?.role !== 'assistant') joined.push(message)
    else joined.splice(-1, 1, { ...last, toolCalls: [...(last.toolCalls ?? []), ...message.toolCalls] })
  }
  return joined
}

function readItem(item: InputItem, index: number): Message[] {
  if ('role' in item) {
    const { role, content } = item as z.output<typeof message>
    return [{ role: role === 'developer' ? 'system' : role, parts: partsOf(content, `input[${index}].content`) }]
  }
  if (item.type === 'function_call') {
    const { call_id: id, name, arguments: text } = item as z.output<typeof functionCall>
    return [{ role: 'assistant', parts: [], toolCalls: [{ id, name, arguments: text }] }]
  }
  if (item.type === 'function_call_output') {
    const { call_id: toolCallId, output } = item as z.output<typeof functionOutput>
    return [{ role: 'tool', parts: partsOf(output, `input[${index}].output`), toolCallId }]
  }
  return []
}

type Part = z.output<typeof textPart> | z.output<typeof imagePart>

function partsOf(content: string | readonly Part[], field: string): MessagePart[] {
  if (typeof content === 'string') return textMessage('user', content).parts
  return content.map((part, index) =>
    part.type === 'input_image'
      ? mediaFromUrl(part.image_url, `${field}[${index}].image_url`)
      : { type: 'text', text: part.text }
  )
}
