import { type GenerateRequest, type Message, messageText } from '../../interface/index.ts'

/** Ids of no model's file: the text alone says how the answer begins. */
const NO_DIGEST = '0'.repeat(64)

/** A conversation that ends with the beginning of an answer: the model goes on with it, as Anthropic and ollama do. */
export function withPrefill(messages: readonly Message[]): Pick<GenerateRequest, 'messages' | 'resume'> {
  const last = messages.at(-1)
  const text = last?.role === 'assistant' && !last.toolCalls?.length ? messageText(last) : ''
  if (text === '' || messages.length === 1) return { messages: [...messages] }
  return { messages: messages.slice(0, -1), resume: { text, tokenIds: [], digest: NO_DIGEST } }
}
