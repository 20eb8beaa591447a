import type { EndEvent } from '../../interface/index.ts'
import { answerFacts } from '../answer/facts.ts'
import { answerRoute } from '../answer/route.ts'
import { argumentsOf } from '../answer/tool-calls.ts'
import type { Head, Whole } from '../answer/whole.ts'
import { namedEvent } from '../answer/writer.ts'
import type { Route } from '../route.ts'
import { readMessagesBody } from './read.ts'
import { messagesBody } from './schema.ts'
import { messagesWriter } from './stream.ts'

/** `POST /v1/messages`. */
export const messagesRoute: Route = answerRoute({
  path: '/v1/messages',
  summary: 'Answers a conversation, as Anthropic does',
  body: messagesBody,
  form: { contentType: 'text/event-stream', keepAlive: () => namedEvent({ type: 'ping' }) },
  read: readMessagesBody,
  whole: wholeMessage,
  writer: (head, _body, { requestId }) => messagesWriter(head, requestId)
})

function wholeMessage(head: Head, { text, thought, toolCalls, end }: Whole) {
  return {
    id: `msg_${head.id}`,
    type: 'message',
    role: 'assistant',
    model: head.model.name,
    content: [
      ...(thought === '' ? [] : [{ type: 'thinking', thinking: thought, signature: '' }]),
      ...(text === '' && toolCalls.length > 0 ? [] : [{ type: 'text', text, citations: null }]),
      ...toolCalls.map(call => ({ type: 'tool_use', id: call.id, name: call.name, input: argumentsOf(call) }))
    ],
    ...stopOf(end),
    usage: messageUsage(end),
    p2pai: answerFacts(head, end)
  }
}

/** Why an answer ended. An engine that does not tell a stop text from the model's own end leaves it at `end_turn`. */
export function stopOf({ finishReason, stopSequence }: EndEvent) {
  if (stopSequence !== undefined) return { stop_reason: 'stop_sequence', stop_sequence: stopSequence }
  return { stop_reason: STOP_REASONS[finishReason], stop_sequence: null }
}

const STOP_REASONS = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' } as const

/** `usage`: here the cached tokens are not among the input tokens. */
export function messageUsage({ usage }: EndEvent) {
  return {
    input_tokens: usage.promptTokens - usage.cachedPromptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: usage.cachedPromptTokens,
    output_tokens: usage.completionTokens,
    output_tokens_details: { thinking_tokens: usage.thoughtTokens ?? 0 }
  }
}
