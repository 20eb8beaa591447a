import { type GenerateRequest, type Message, type MessagePart, textMessage } from '../../interface/index.ts'
import type { Ask } from '../answer/generation.ts'
import { compact } from '../compact.ts'
import { readSampling } from '../openai/parameters.ts'
import { readTool } from '../openai/tools.ts'
import type { ChatBody, GenerateBody } from './schema.ts'

/** `POST /api/chat` as engines take it. */
export function readChat(body: ChatBody): Ask {
  const request = { ...readShared(body), messages: body.messages.map(readMessage) }
  const tools = body.tools?.map(tool => readTool(tool.function))
  return { ...readLimits(body), request: { ...request, ...(tools && { tools }) } }
}

/** `POST /api/generate` as engines take it. */
export function readGenerate(body: GenerateBody): Ask {
  const user: Message = { role: 'user', parts: [...textMessage('user', body.prompt).parts, ...readImages(body.images)] }
  const messages = body.system ? [textMessage('system', body.system), user] : [user]
  return { ...readLimits(body), request: { ...readShared(body), messages } }
}

type Shared = Pick<ChatBody, 'model' | 'stream' | 'options' | 'format' | 'logprobs' | 'top_logprobs'>

function readLimits({ stream = true, options = {} }: Shared): Omit<Ask, 'request'> {
  const { num_ctx: tokens } = options
  return { stream, ...(tokens !== undefined && { minContext: { tokens, field: 'options.num_ctx' } }) }
}

function readShared({
  model,
  options = {},
  format = '',
  logprobs,
  top_logprobs
}: Shared): Omit<GenerateRequest, 'messages'> {
  const { num_predict: limit = -1, stop } = options
  return {
    model,
    ...compact({
      maxTokens: limit > 0 ? limit : undefined,
      sampling: readSampling(options),
      stop,
      responseFormat: readFormat(format),
      logprobs: logprobs ? (top_logprobs ?? 0) : undefined
    })
  }
}

function readFormat(format: NonNullable<Shared['format']>): GenerateRequest['responseFormat'] {
  if (format === '') return undefined
  return format === 'json' ? { type: 'json' } : { type: 'json_schema', schema: format as Record<string, unknown> }
}

/** Calls have no id here: one is made of the place, and the result of a tool names it or the tool. */
function readMessage(message: ChatBody['messages'][number], index: number): Message {
  const { role, content, images, tool_calls: calls = [], tool_name: toolName, tool_call_id: callId } = message
  const toolCalls = calls.map(({ id, function: { name, arguments: words } }, place) => ({
    id: id ?? `${index}-${place}`,
    name,
    arguments: JSON.stringify(words)
  }))
  const toolCallId = callId ?? toolName
  return {
    role,
    parts: [...textMessage(role, content).parts, ...readImages(images)],
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(role === 'tool' && toolCallId !== undefined && { toolCallId })
  }
}

/** How the base64 of a format's first bytes begins. */
const IMAGE_TYPES: Record<string, string> = {
  iVBO: 'image/png',
  '/9j/': 'image/jpeg',
  R0lG: 'image/gif',
  UklG: 'image/webp'
}

function readImages(images: readonly string[] = []): MessagePart[] {
  return images.map(text => ({
    type: 'media',
    mediaType: IMAGE_TYPES[text.slice(0, 4)] ?? 'application/octet-stream',
    data: new Uint8Array(Buffer.from(text, 'base64'))
  }))
}
