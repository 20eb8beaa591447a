import type { ChatHistoryItem, ChatWrapper, LlamaModel, LlamaText, Token } from 'node-llama-cpp'
import { InvalidRequestError, type Message, messageText, UnsupportedFeatureError } from '../../../interface/index.ts'

/** A prompt as tokens, and what ends the answer to it. */
export interface RenderedPrompt {
  tokens: Token[]
  stopTokens: Set<number>
  /** Ends that are text: a model without the token of its template writes it out. */
  stopTexts: string[]
}

/**
 * Renders a conversation with the model's own template. Text of users is tokenized as text: what looks like a
 * control token in it is none. Throws `InvalidRequestError` when the template refuses the conversation.
 */
export function renderPrompt(model: LlamaModel, wrapper: ChatWrapper, messages: readonly Message[]): RenderedPrompt {
  const chatHistory: ChatHistoryItem[] = [...messages.map(toHistory), { type: 'model', response: [] }]
  let state: ReturnType<ChatWrapper['generateContextState']>
  try {
    state = wrapper.generateContextState({ chatHistory })
  } catch (cause) {
    throw new InvalidRequestError('messages are not in an order that the chat template of the model takes', {
      cause,
      details: { field: 'messages' }
    })
  }
  const stops = state.stopGenerationTriggers.map(trigger => toStop(model, trigger))
  return {
    tokens: state.contextText.tokenize(model.tokenizer),
    stopTokens: new Set(stops.filter(stop => typeof stop === 'number')),
    stopTexts: stops.filter(stop => typeof stop === 'string').filter(text => text.length > 0)
  }
}

function toHistory(message: Message): ChatHistoryItem {
  const text = messageText(message)
  switch (message.role) {
    case 'system':
      return { type: 'system', text }
    case 'user':
      return { type: 'user', text }
    case 'assistant':
      return { type: 'model', response: [text] }
    case 'tool':
      throw new UnsupportedFeatureError('this engine takes no results of tools', { details: { field: 'tools' } })
  }
}

function toStop(model: LlamaModel, trigger: LlamaText): number | string {
  const tokens = trigger.tokenize(model.tokenizer)
  const special = trigger.values.some(value => typeof value !== 'string')
  if (special && tokens.length === 1) return tokens[0]!
  return trigger.values.map(value => (typeof value === 'string' ? value : '')).join('')
}
