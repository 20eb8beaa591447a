import type { DeltaEvent } from '../../interface/index.ts'
import { answerFacts } from '../answer/facts.ts'
import { type ToolCallPiece, ToolCalls } from '../answer/tool-calls.ts'
import type { Head } from '../answer/whole.ts'
import { type AnswerWriter, dataEvent } from '../answer/writer.ts'
import { fingerprint } from './chat.ts'
import type { ChatBody } from './chat-schema.ts'
import { openaiError } from './error-body.ts'
import { chatLogprobs } from './logprobs.ts'
import { chatUsage } from './usage.ts'

/** Streams `chat.completion.chunk` objects; a whole answer ends with `[DONE]`, a cut one with an error. */
export function chatWriter(head: Head, body: ChatBody): AnswerWriter {
  const withUsage = body.stream_options?.include_usage ?? false
  const calls = new ToolCalls()
  const chunk = (choices: unknown[], more: object = {}): string =>
    dataEvent({
      id: `chatcmpl-${head.id}`,
      object: 'chat.completion.chunk',
      created: Math.floor(head.createdMs / 1000),
      model: head.model.name,
      system_fingerprint: fingerprint(head),
      choices,
      ...(withUsage && { usage: null }),
      ...more
    })
  const choice = (delta: object, finishReason: string | null = null, logprobs: object | null = null) => [
    { index: 0, delta, logprobs, finish_reason: finishReason }
  ]
  return {
    begin: () => chunk(choice({ role: 'assistant', content: '', refusal: null }), { p2pai: { peer: head.peerId } }),
    delta(event) {
      const content = event.logprobs ?? []
      const logprobs = body.logprobs ? { content: chatLogprobs(content), refusal: null } : null
      return chunk(choice(deltaOf(event, calls.add(event.toolCalls)), null, logprobs))
    },
    end(event) {
      const last = chunk(choice({}, event.finishReason), { p2pai: answerFacts(head, event) })
      const usage = withUsage ? chunk([], { usage: chatUsage(event) }) : ''
      return `${last}${usage}data: [DONE]\n\n`
    },
    failure: failure => dataEvent(openaiError(failure))
  }
}

function deltaOf({ channel, text }: DeltaEvent, pieces: readonly ToolCallPiece[]): object {
  return {
    ...(text !== '' && (channel === 'thought' ? { reasoning_content: text } : { content: text })),
    ...(pieces.length > 0 && {
      tool_calls: pieces.map(({ index, isNew, call: { id, name, arguments: words } }) => ({
        index,
        ...(isNew && { id, type: 'function' }),
        function: { ...(isNew && { name }), arguments: words }
      }))
    })
  }
}
