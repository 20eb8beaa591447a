import { type ChatWrapper, type LlamaModel, LlamaText, type Token } from 'node-llama-cpp'
import { InvalidRequestError, type Message, type Tool } from '../../../interface/index.ts'
import { isOpenedByTemplate } from './call-syntax.ts'
import { toHistory } from './history.ts'

/** A prompt as tokens, and what ends the answer to it. */
export interface RenderedPrompt {
  tokens: Token[]
  stopTokens: Set<number>
  /** Ends that are text: a model without the token of its template writes it out. */
  stopTexts: string[]
  /** The answer begins within a thought. */
  startsInThought: boolean
}

/** What is rendered beside the conversation. */
export interface PromptOptions {
  tools?: readonly Tool[]
  /** False: the answer begins after a thought that is empty. @default true */
  thinks?: boolean
}

/**
 * Renders a conversation with the model's own template. Text of users and tools is tokenized as text: what looks like
 * a control token in it is none. Throws `InvalidRequestError` when the template refuses the conversation.
 */
export function renderPrompt(
  model: LlamaModel,
  wrapper: ChatWrapper,
  messages: readonly Message[],
  { tools = [], thinks = true }: PromptOptions = {}
): RenderedPrompt {
  const chatHistory = toHistory(messages, text => withoutControls(model, text))
  const functions = tools.map(tool => documented(model, tool))
  let state: ReturnType<ChatWrapper['generateContextState']>
  try {
    state = wrapper.generateContextState({
      chatHistory,
      ...(functions.length > 0 && { availableFunctions: Object.fromEntries(functions), documentFunctionParams: true })
    })
  } catch (cause) {
    throw new InvalidRequestError('messages are not in an order that the chat template of the model takes', {
      cause,
      details: { field: 'messages' }
    })
  }
  const stops = state.stopGenerationTriggers.map(trigger => toStop(model, trigger))
  const { text, startsInThought } = beginning(wrapper, chatHistory, thinks)
  return {
    tokens: LlamaText([state.contextText, text]).tokenize(model.tokenizer),
    stopTokens: new Set(stops.filter(stop => typeof stop === 'number')),
    stopTexts: stops.filter(stop => typeof stop === 'string').filter(stop => stop.length > 0),
    startsInThought
  }
}

/** What the template leaves to whoever begins an answer: to open a thought, or to close it at once. */
function beginning(
  wrapper: ChatWrapper,
  chatHistory: ReturnType<typeof toHistory>,
  thinks: boolean
): { text: LlamaText; startsInThought: boolean } {
  const nothing = LlamaText('')
  const { prefix, suffix, openOnResponseStart, reopenAfterFunctionCalls } = wrapper.settings.segments?.thought ?? {}
  if (prefix === undefined || suffix === undefined) return { text: nothing, startsInThought: false }
  const last = chatHistory.at(-1)
  const isNew = last?.type === 'model' && last.response.length === 0
  if (isOpenedByTemplate(prefix)) {
    const isOpen = isNew || prefix.afterFunctionCalls === true
    if (!isOpen || thinks) return { text: nothing, startsInThought: isOpen }
    return { text: ended(suffix), startsInThought: false }
  }
  const opens = isNew ? openOnResponseStart === true : reopenAfterFunctionCalls === true
  if (thinks) return { text: opens ? LlamaText(prefix) : nothing, startsInThought: opens }
  const isClosed = 'thoughts' in wrapper && wrapper.thoughts === 'discourage'
  return { text: isClosed ? nothing : LlamaText([prefix, ended(suffix)]), startsInThought: false }
}

/** The end of a thought, and the empty line that follows it. */
function ended(suffix: string | LlamaText): LlamaText {
  return LlamaText(/\n$/.test(LlamaText(suffix).toString()) ? suffix : [suffix, '\n\n'])
}

/** A tool as templates write it into the prompt. Some take all of that for their own text, control tokens included. */
function documented(model: LlamaModel, { name, description, parameters }: Tool): [string, object] {
  const schema =
    parameters.type === undefined && parameters.properties === undefined
      ? { type: 'object', ...parameters }
      : parameters
  const params: unknown = JSON.parse(withoutControls(model, JSON.stringify(schema)))
  return [name, { description: withoutControls(model, description), params }]
}

/** Breaks what looks like a control token with a space. */
function withoutControls(model: LlamaModel, text: string): string {
  const controls = new Set(model.tokenize(text, true).filter(token => model.isSpecialToken(token)))
  let broken = text
  for (const control of controls) {
    const mark = model.detokenize([control], true)
    if (mark.length > 1) broken = broken.replaceAll(mark, `${mark.slice(0, 1)} ${mark.slice(1)}`)
  }
  return broken
}

function toStop(model: LlamaModel, trigger: LlamaText): number | string {
  const tokens = trigger.tokenize(model.tokenizer)
  const special = trigger.values.some(value => typeof value !== 'string')
  if (special && tokens.length === 1) return tokens[0]!
  return trigger.values.map(value => (typeof value === 'string' ? value : '')).join('')
}
