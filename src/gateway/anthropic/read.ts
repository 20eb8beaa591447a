import type { z } from 'zod'
import {
  type GenerateRequest,
  type Message,
  type MessagePart,
  type ToolCall,
  type ToolChoice,
  textMessage
} from '../../interface/index.ts'
import type { Ask } from '../answer/generation.ts'
import { withPrefill } from '../answer/prefill.ts'
import { compact } from '../compact.ts'
import { thoughtTokens, wantsThoughts } from '../effort.ts'
import type { contentBlock, MessagesBody, PromptBody } from './schema.ts'

type Block = z.output<typeof contentBlock>

/** Where what the engine names stands in a body. */
export const FIELDS = {
  'response_format.schema': 'output_config.format.schema',
  response_format: 'output_config.format',
  'tools.parameters': 'tools.input_schema',
  max_thought_tokens: 'thinking',
  stop: 'stop_sequences',
  resume: 'messages'
}

/** A body as engines take it. */
export function readMessagesBody(body: MessagesBody): Ask {
  const sampling = compact({ temperature: body.temperature, topP: body.top_p, topK: body.top_k })
  return {
    stream: body.stream ?? false,
    ...wantsThoughts('thinking', body.thinking?.type === 'enabled'),
    ...wantsThoughts('output_config.effort', body.thinking?.type === 'disabled' ? null : body.output_config?.effort),
    fields: FIELDS,
    request: {
      ...readPrompt(body),
      maxTokens: body.max_tokens,
      ...compact({
        sampling: Object.keys(sampling).length === 0 ? undefined : sampling,
        stop: body.stop_sequences
      })
    }
  }
}

/** The part of a request that makes its prompt. */
export function readPrompt(body: PromptBody): GenerateRequest {
  const format = body.output_config?.format ?? undefined
  const choice = body.tool_choice
  return {
    model: body.model,
    ...withPrefill([...readSystem(body.system), ...body.messages.flatMap(readTurn)]),
    ...compact({
      tools: body.tools?.map(({ name, description = '', input_schema: parameters }) => ({
        name,
        description,
        parameters
      })),
      toolChoice: readChoice(choice),
      parallelToolCalls:
        choice && 'disable_parallel_tool_use' in choice ? !choice.disable_parallel_tool_use : undefined,
      maxThoughtTokens: readThinking(body),
      responseFormat: format && { type: 'json_schema' as const, schema: format.schema }
    })
  }
}

/** A number goes before a word; without either it is up to the model. */
function readThinking({ thinking, output_config }: PromptBody): number | undefined {
  if (thinking?.type === 'disabled') return 0
  return thinking?.type === 'enabled' ? thinking.budget_tokens : thoughtTokens(output_config?.effort)
}

function readSystem(system: MessagesBody['system']): Message[] {
  if (system === undefined || system.length === 0) return []
  if (typeof system === 'string') return [textMessage('system', system)]
  return [{ role: 'system', parts: system.map(({ text }) => ({ type: 'text', text })) }]
}

/** Results of tools stand inside a user's turn; engines want each as a message of its own, before the text. */
function readTurn({ role, content }: MessagesBody['messages'][number]): Message[] {
  if (typeof content === 'string') return [textMessage(role, content)]
  const results = content.flatMap(block => (block.type === 'tool_result' ? [readResult(block)] : []))
  const parts = content.flatMap(readPart)
  const toolCalls = content.flatMap(readCall)
  if (parts.length === 0 && toolCalls.length === 0) return results
  return [...results, { role, parts, ...(toolCalls.length > 0 && { toolCalls }) }]
}

function readPart(block: Block): MessagePart[] {
  if (block.type === 'text') return [{ type: 'text', text: block.text }]
  if (block.type !== 'image') return []
  const { media_type: mediaType, data } = block.source
  return [{ type: 'media', mediaType, data: new Uint8Array(Buffer.from(data, 'base64')) }]
}

function readCall(block: Block): ToolCall[] {
  return block.type === 'tool_use' ? [{ id: block.id, name: block.name, arguments: JSON.stringify(block.input) }] : []
}

function readResult({
  tool_use_id: toolCallId,
  content = '',
  is_error
}: Extract<Block, { type: 'tool_result' }>): Message {
  const text = typeof content === 'string' ? content : content.map(part => part.text).join('')
  return { ...textMessage('tool', is_error ? `Error: ${text}` : text), toolCallId }
}

function readChoice(choice: MessagesBody['tool_choice']): ToolChoice | undefined {
  if (choice === undefined) return undefined
  if (choice.type === 'tool') return { name: choice.name }
  return choice.type === 'any' ? 'required' : choice.type
}
