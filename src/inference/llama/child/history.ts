import type { ChatHistoryItem, ChatModelFunctionCall, ChatModelResponse } from 'node-llama-cpp'
import { InvalidRequestError, type Message, messageText, type ToolCall } from '../../../interface/index.ts'

/**
 * A conversation in the library's form, which keeps the results of tools with the calls that they belong to. It ends
 * with the answer to be made. `clean` takes control tokens out of arguments. Throws `InvalidRequestError` when calls
 * and results do not match.
 */
export function toHistory(messages: readonly Message[], clean: (text: string) => string): ChatHistoryItem[] {
  const items: ChatHistoryItem[] = []
  const waiting: { id: string; call: ChatModelFunctionCall }[] = []
  let model: ChatModelResponse | undefined
  let last: Message | undefined
  for (const message of messages) {
    if (message.role === 'tool') answer(waiting, message)
    else if (waiting.length > 0) fail(`has no result for the call ${JSON.stringify(waiting[0]!.id)}`)
    else if (message.role === 'assistant') {
      // What is said after results belongs to the same answer.
      if (model === undefined || last?.role !== 'tool') {
        model = { type: 'model', response: [] }
        items.push(model)
      }
      const text = messageText(message)
      const calls = message.toolCalls ?? []
      if (text !== '' || calls.length === 0) model.response.push(text)
      for (const [index, call] of calls.entries()) {
        const entry = toCall({ ...call, arguments: clean(call.arguments) }, index === 0)
        model.response.push(entry)
        waiting.push({ id: call.id, call: entry })
      }
    } else items.push({ type: message.role, text: messageText(message) })
    last = message
  }
  if (waiting.length > 0) fail(`has no result for the call ${JSON.stringify(waiting[0]!.id)}`)
  if (last?.role !== 'tool') items.push({ type: 'model', response: [] })
  return items
}

function toCall({ name, arguments: text }: ToolCall, startsNewChunk: boolean): ChatModelFunctionCall {
  return {
    type: 'functionCall',
    name,
    params: text.trim() === '' ? undefined : written(text),
    result: '',
    startsNewChunk
  }
}

function answer(waiting: { id: string; call: ChatModelFunctionCall }[], message: Message): void {
  const { toolCallId } = message
  const at = toolCallId === undefined ? 0 : waiting.findIndex(({ id }) => id === toolCallId)
  const [entry] = at < 0 ? [] : waiting.splice(at, 1)
  if (entry === undefined) fail(`has a result of ${JSON.stringify(toolCallId ?? '')}, which is no call before it`)
  else entry.call.result = written(messageText(message))
}

/** JSON as the value that it is, so that the template writes it in its own way; anything else as text. */
function written(text: string): unknown {
  let isExact = true
  try {
    const value: unknown = JSON.parse(text, (_key, part: unknown, context?: { source?: string }) => {
      // A number that would come out as another one is left as it was written.
      if (typeof part === 'number' && String(part) !== context?.source) isExact = false
      return part
    })
    return isExact ? value : text
  } catch {
    return text
  }
}

function fail(problem: string): never {
  throw new InvalidRequestError(`messages ${problem}`, { details: { field: 'messages' } })
}
