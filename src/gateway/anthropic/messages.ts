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
  form: { contentType: 'text/event-stream', keepAlive: namedEvent({ type: 'ping' }) },
  read: readMessagesBody,
  whole: wholeMessage,
  writer: (head, _body, requestId) => messagesWriter(head, requestId)
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
    stop_reason: stopReason(end),
    stop_sequence: null,
    usage: messageUsage(end),
    p2pai: answerFacts(head, end)
  }
}

/** Why an answer ended. Engines do not tell a stop text from the model's own end, so both are `end_turn`. */
export function stopReason({ finishReason }: EndEvent): 'end_turn' | 'max_tokens' | 'tool_use' {
  if (finishReason === 'length') return 'max_tokens'
  return finishReason === 'tool_calls' ? 'tool_use' : 'end_turn'
}

/** `usage`: here the cached tokens are not among the input tokens. */
export function messageUsage({ usage }: EndEvent) {
  return {
    input_tokens: usage.promptTokens - usage.cachedPromptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: usage.cachedPromptTokens,
    output_tokens: usage.completionTokens
  }
}
