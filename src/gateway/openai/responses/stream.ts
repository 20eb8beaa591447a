import type { TokenLogprob } from '../../../interface/index.ts'
import { ToolCalls } from '../../answer/tool-calls.ts'
import type { Head } from '../../answer/whole.ts'
import { type AnswerWriter, namedEvent } from '../../answer/writer.ts'
import { openaiError } from '../error-body.ts'
import { chatLogprobs } from '../logprobs.ts'
import { callItem, itemId, messageItem, reasoningItem, responseObject, textPart } from './object.ts'
import type { ResponsesBody } from './schema.ts'

/** An item that has begun. */
interface OpenItem {
  kind: 'reasoning' | 'message' | 'call'
  index: number
  text: string
  logprobs: TokenLogprob[]
  callIndex: number
}

/** Streams semantic events: items one after the other, each begun, filled and ended. `onItems` gets those of a whole answer. */
export function responsesWriter(head: Head, body: ResponsesBody, onItems: (items: unknown[]) => void): AnswerWriter {
  const calls = new ToolCalls()
  const done: unknown[] = []
  let open: OpenItem | undefined
  let sequence = 0
  const say = (type: string, fields: object): string => namedEvent({ type, sequence_number: sequence++, ...fields })

  /** Items of the answer are one of each kind but calls, which are as many as the model makes. */
  const started = (kind: OpenItem['kind'], callIndex = -1): string => {
    if (open?.kind === kind && open.callIndex === callIndex) return ''
    const before = ended('completed')
    open = { kind, index: done.length, text: '', logprobs: [], callIndex }
    const added = say('response.output_item.added', { output_index: open.index, item: itemOf(open, 'in_progress') })
    if (kind !== 'message') return before + added
    return before + added + say('response.content_part.added', { ...place(open), part: textPart('', []) })
  }

  const ended = (status: 'completed' | 'incomplete'): string => {
    if (open === undefined) return ''
    const item = itemOf(open, status)
    const { text, logprobs, kind } = open
    let said = ''
    if (kind === 'message') {
      said = say('response.output_text.done', { ...place(open), text, logprobs: chatLogprobs(logprobs) })
      said += say('response.content_part.done', { ...place(open), part: textPart(text, logprobs) })
    } else if (kind === 'reasoning') said = say('response.reasoning_text.done', { ...place(open), text })
    else said = say('response.function_call_arguments.done', { ...callPlace(open), arguments: text })
    said += say('response.output_item.done', { output_index: open.index, item })
    done.push(item)
    open = undefined
    return said
  }

  const itemOf = (
    { kind, index, text, logprobs, callIndex }: OpenItem,
    status: 'in_progress' | 'completed' | 'incomplete'
  ) => {
    if (kind === 'message') return messageItem(itemId('msg', head, index), text, logprobs, status)
    if (kind === 'reasoning') return reasoningItem(itemId('rs', head, index), text, status)
    return callItem({ ...calls.list[callIndex]!, arguments: text }, status)
  }
  const place = ({ kind, index }: OpenItem) => ({
    item_id: itemId(kind === 'message' ? 'msg' : 'rs', head, index),
    output_index: index,
    content_index: 0
  })
  const callPlace = ({ index, callIndex }: OpenItem) => ({
    item_id: `fc_${calls.list[callIndex]!.id}`,
    output_index: index
  })

  return {
    begin() {
      const response = responseObject(head, body, { items: [] })
      return say('response.created', { response }) + say('response.in_progress', { response })
    },
    delta({ channel, text, logprobs = [], toolCalls }) {
      let said = ''
      if (text !== '') {
        const kind = channel === 'thought' ? 'reasoning' : 'message'
        said += started(kind)
        open!.text += text
        open!.logprobs.push(...logprobs)
        if (kind === 'reasoning') said += say('response.reasoning_text.delta', { ...place(open!), delta: text })
        else
          said += say('response.output_text.delta', { ...place(open!), delta: text, logprobs: chatLogprobs(logprobs) })
      }
      for (const { index, call } of calls.add(toolCalls)) {
        said += started('call', index)
        open!.text += call.arguments
        said += say('response.function_call_arguments.delta', { ...callPlace(open!), delta: call.arguments })
      }
      return said
    },
    end(event) {
      const status = event.finishReason === 'length' ? 'incomplete' : 'completed'
      // An empty answer is an answer too: clients look for its message.
      const empty = done.length === 0 && open === undefined ? started('message') : ''
      const last = ended(status)
      onItems(done)
      return (
        empty + last + say(`response.${status}`, { response: responseObject(head, body, { items: done, end: event }) })
      )
    },
    failure(failure) {
      const { error } = openaiError(failure)
      const { code, message, param } = error
      // The specification has the fields on the event itself; some clients look for them in `error`.
      return say('error', { code, message, param, error })
    }
  }
}
