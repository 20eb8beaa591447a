import { z } from 'zod'
import { EngineCrashedError, type GenerateRequest, UnsupportedFeatureError } from '../../interface/index.ts'
import { chatTool, offersTools } from './chat-body.ts'
import { chatMessages } from './chat-messages.ts'
import type { ServerConnection } from './connection.ts'
import type { KindFacts } from './server-kind.ts'

const counted = z.object({ count: z.int().min(0) })
const prompt = z.object({ prompt: z.string() })
const tokens = z.object({ tokens: z.array(z.unknown()) })

/** The tokens of a prompt with its template, without an answer. Throws `UnsupportedFeatureError` where the server cannot tell. */
export async function countTokens(
  connection: ServerConnection,
  kind: KindFacts,
  model: string,
  request: GenerateRequest,
  signal: AbortSignal
): Promise<number> {
  const hasImages = request.messages.some(message => message.parts.some(part => part.type === 'media'))
  if (kind.count === undefined || hasImages) {
    throw new UnsupportedFeatureError('the server behind this node does not count tokens', {
      details: { field: 'max_tokens' }
    })
  }
  const messages = chatMessages(request.messages)
  const tools = offersTools(request) ? { tools: request.tools?.map(chatTool) } : {}
  if (kind.count === 'messages') {
    return read(counted, await connection.json('/tokenize', { body: { model, messages, ...tools }, signal })).count
  }
  const template = read(prompt, await connection.json('/apply-template', { body: { messages, ...tools }, signal }))
  const body = { content: template.prompt, add_special: true, parse_special: true }
  return read(tokens, await connection.json('/tokenize', { body, signal })).tokens.length
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new EngineCrashedError('the server behind this node counts tokens in no known form', { cause: parsed.error })
}
