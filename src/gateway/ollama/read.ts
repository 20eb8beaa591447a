import {
  type GenerateRequest,
  type Message,
  type MessagePart,
  type ToolCall,
  textMessage
} from '../../interface/index.ts'
import type { Ask } from '../answer/generation.ts'
import { withPrefill } from '../answer/prefill.ts'
import { compact } from '../compact.ts'
import { thoughtTokens, wantsThoughts } from '../effort.ts'
import { readSampling } from '../openai/parameters.ts'
import { readTool } from '../openai/tools.ts'
import { type ChatBody, type GenerateBody, readKeepAlive } from './schema.ts'

/** `POST /api/chat` as engines take it. */
export function readChat(body: ChatBody): Ask {
  const request = { ...readShared(body), ...withPrefill(readMessages(body.messages)) }
  const tools = body.tools?.map(tool => readTool(tool.function))
  return { ...readLimits(body), request: { ...request, ...(tools && { tools }) } }
}

/** `POST /api/generate` as engines take it. */
export function readGenerate(body: GenerateBody): Ask {
  const user: Message = {
    role: 'user',
    parts: [...textMessage('user', body.prompt ?? '').parts, ...readImages(body.images)]
  }
  const messages = body.system ? [textMessage('system', body.system), user] : [user]
  return { ...readLimits(body), request: { ...readShared(body), messages } }
}

type Shared = Pick<
  ChatBody,
  'model' | 'stream' | 'options' | 'format' | 'think' | 'logprobs' | 'top_logprobs' | 'keep_alive'
>

/** Where what the engine names stands in a body. */
const FIELDS = {
  'response_format.schema': 'format',
  response_format: 'format',
  'tools.parameters': 'tools.function.parameters',
  max_thought_tokens: 'think',
  max_tokens: 'options.num_predict',
  stop: 'options.stop',
  resume: 'messages'
}

function readLimits({ stream = true, options, think }: Shared): Omit<Ask, 'request'> {
  const tokens = options?.num_ctx
  return {
    stream,
    fields: FIELDS,
    ...wantsThoughts('think', think),
    ...(tokens !== undefined && { minContext: { tokens, field: 'options.num_ctx' } })
  }
}

function readShared({
  model,
  options,
  format,
  think,
  logprobs,
  top_logprobs,
  keep_alive
}: Shared): Omit<GenerateRequest, 'messages'> {
  const { num_predict: limit = -1, stop } = options ?? {}
  return {
    model,
    ...compact({
      maxTokens: limit > 0 ? limit : undefined,
      sampling: readSampling(options ?? {}),
      stop,
      maxThoughtTokens: readThink(think),
      responseFormat: readFormat(format ?? ''),
      keepAliveMs: readKeepAlive(keep_alive),
      logprobs: logprobs ? (top_logprobs ?? 0) : undefined
    })
  }
}

/** `true` leaves it to the model how much. */
function readThink(think: Shared['think']): number | undefined {
  if (typeof think === 'string') return thoughtTokens(think)
  return think === false ? 0 : undefined
}

function readFormat(format: NonNullable<Shared['format']>): GenerateRequest['responseFormat'] {
  if (format === '') return undefined
  return format === 'json' ? { type: 'json' } : { type: 'json_schema', schema: format as Record<string, unknown> }
}

type OllamaMessage = ChatBody['messages'][number]

/** Calls may have no id here: then one is made of the place, and a result belongs to the first open call of its tool. */
function readMessages(messages: readonly OllamaMessage[]): Message[] {
  let open: ToolCall[] = []
  return messages.map((message, index) => {
    const { role, content, images, tool_name: toolName, tool_call_id: callId } = message
    const toolCalls = readCalls(message, index)
    open = [...open, ...toolCalls]
    const parts = [...textMessage(role, content).parts, ...readImages(images)]
    if (role !== 'tool') return { role, parts, ...(toolCalls.length > 0 && { toolCalls }) }
    const answered = open.find(call => call.id === callId) ?? open.find(({ name }) => name === (toolName ?? name))
    open = open.filter(call => call !== answered)
    const toolCallId = callId ?? answered?.id ?? toolName
    return { role, parts, ...(toolCallId !== undefined && { toolCallId }) }
  })
}

function readCalls({ tool_calls: calls }: OllamaMessage, index: number): ToolCall[] {
  return (calls ?? []).map(({ id, function: { name, arguments: words } }, place) => ({
    id: id ?? `call_${index}_${place}`,
    name,
    arguments: JSON.stringify(words)
  }))
}

/** How the base64 of a format's first bytes begins. */
const IMAGE_TYPES: Record<string, string> = {
  iVBO: 'image/png',
  '/9j/': 'image/jpeg',
  R0lG: 'image/gif',
  UklG: 'image/webp'
}

function readImages(images: readonly string[] | null | undefined): MessagePart[] {
  return (images ?? []).map(text => ({
    type: 'media',
    mediaType: IMAGE_TYPES[text.slice(0, 4)] ?? 'application/octet-stream',
    data: new Uint8Array(Buffer.from(text, 'base64'))
  }))
}
