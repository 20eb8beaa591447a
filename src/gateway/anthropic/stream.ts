import { answerFacts } from '../answer/facts.ts'
import { ToolCalls } from '../answer/tool-calls.ts'
import type { Head } from '../answer/whole.ts'
import { type AnswerWriter, namedEvent } from '../answer/writer.ts'
import { anthropicError } from './error-body.ts'
import { messageUsage, stopOf } from './messages.ts'

/** Streams a message: blocks one after the other, each begun, filled and ended. */
export function messagesWriter(head: Head, requestId: string): AnswerWriter {
  const calls = new ToolCalls()
  let index = -1
  let open: string | undefined

  const ended = (): string => {
    if (open === undefined) return ''
    open = undefined
    return namedEvent({ type: 'content_block_stop', index })
  }
  const started = (kind: string, block: object): string => {
    if (open === kind) return ''
    const before = ended()
    open = kind
    index++
    return before + namedEvent({ type: 'content_block_start', index, content_block: block })
  }
  const filled = (delta: object): string => namedEvent({ type: 'content_block_delta', index, delta })

  return {
    begin() {
      const message = {
        id: `msg_${head.id}`,
        type: 'message',
        role: 'assistant',
        model: head.model.name,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        // Engines count the prompt at the end: `message_delta` has the numbers.
        usage: { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 },
        p2pai: { peer: head.peerId }
      }
      return namedEvent({ type: 'message_start', message })
    },
    delta({ channel, text, toolCalls }) {
      let said = ''
      if (text !== '' && channel === 'thought') {
        said += started('thinking', { type: 'thinking', thinking: '', signature: '' })
        said += filled({ type: 'thinking_delta', thinking: text })
      } else if (text !== '') {
        said += started('text', { type: 'text', text: '', citations: null })
        said += filled({ type: 'text_delta', text })
      }
      for (const { index: place, call } of calls.add(toolCalls)) {
        said += started(`call ${place}`, { type: 'tool_use', id: call.id, name: call.name, input: {} })
        said += filled({ type: 'input_json_delta', partial_json: call.arguments })
      }
      return said
    },
    end(event) {
      // An empty answer is an answer too: clients look for its text.
      const empty = index < 0 ? started('text', { type: 'text', text: '', citations: null }) : ''
      const facts = { delta: stopOf(event), usage: messageUsage(event), p2pai: answerFacts(head, event) }
      return empty + ended() + namedEvent({ type: 'message_delta', ...facts }) + namedEvent({ type: 'message_stop' })
    },
    failure: failure => namedEvent(anthropicError(failure, requestId))
  }
}
