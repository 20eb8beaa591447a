import { type MediaPart, type Message, type MessagePart, messageText } from '../../interface/index.ts'

/** A conversation as `POST /v1/chat/completions` takes it. Images go as data URLs, so that the server fetches nothing. */
export function chatMessages(messages: readonly Message[]): object[] {
  return messages.map(message => {
    if (message.role === 'tool') {
      return { role: 'tool', tool_call_id: message.toolCallId ?? '', content: messageText(message) }
    }
    if (message.role === 'assistant') return assistantMessage(message)
    return { role: message.role, content: contentOf(message.parts) }
  })
}

function assistantMessage(message: Message): object {
  const { toolCalls = [] } = message
  const content = messageText(message)
  if (toolCalls.length === 0) return { role: 'assistant', content }
  return {
    role: 'assistant',
    content: content === '' ? null : content,
    tool_calls: toolCalls.map(({ id, name, arguments: words }) => ({
      id,
      type: 'function',
      function: { name, arguments: words }
    }))
  }
}

/** Plain text stays a string: some chat templates know nothing else. */
function contentOf(parts: readonly MessagePart[]): string | object[] {
  if (parts.every(part => part.type === 'text')) return parts.map(part => part.text).join('')
  return parts.map(part =>
    part.type === 'text' ? { type: 'text', text: part.text } : { type: 'image_url', image_url: { url: dataUrl(part) } }
  )
}

function dataUrl({ mediaType, data }: MediaPart): string {
  return `data:${mediaType};base64,${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')}`
}
