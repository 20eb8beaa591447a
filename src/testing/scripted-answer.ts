import { createHash } from 'node:crypto'
import {
  ContextLengthExceededError,
  type FinishReason,
  type GenerateRequest,
  InvalidRequestError,
  type ModelInfo,
  mediaParts,
  messageText,
  type Resume,
  type ToolCall,
  UnsupportedFeatureError,
  validateRequest
} from '../interface/index.ts'
import { callPieces, scriptedCalls } from './scripted-calls.ts'
import { exampleOf } from './scripted-example.ts'
import { SCRIPTED_TEXT, type ScriptedEngineOptions } from './scripted-options.ts'

/** One token of an answer: text on a channel, or a piece of a call. */
export interface ScriptedToken {
  channel: 'answer' | 'thought'
  text: string
  toolCall?: ToolCall
}

/** An answer that is known before it begins. */
export interface ScriptedAnswer {
  tokens: ScriptedToken[]
  /** `length` when the limit or the context cut the tokens. */
  finishReason: FinishReason
  /** The stop text that ended it. */
  stopSequence?: string
  promptTokens: number
}

/** Works out the whole answer to a request. Throws what an engine throws for a request that it cannot take. */
export function scriptedAnswer(
  request: GenerateRequest,
  options: ScriptedEngineOptions,
  info: Pick<ModelInfo, 'contextSizeTokens' | 'features' | 'digest'>
): ScriptedAnswer {
  const checked = validateRequest(request)
  const { contextSizeTokens } = info
  const refuse = (field: string, what = `takes no ${field}`) => {
    throw new UnsupportedFeatureError(`the scripted engine ${what}`, { details: { field } })
  }
  if (!info.features.tools && usesTools(checked)) refuse('tools')
  if (checked.acceptIf !== undefined) refuse('accept_if')
  const images = mediaParts(checked.messages)
  if (images.length > 0 && info.features.images !== true) refuse('messages', 'reads no images')
  const prompt = checked.messages.map(messageText)
  if (prompt.every(text => text === '')) {
    throw new InvalidRequestError('messages have no text', { details: { field: 'messages' } })
  }
  const tools = checked.toolChoice === 'none' ? [] : (checked.tools ?? [])
  const promptTokens = [...prompt, ...tools.map(tool => JSON.stringify(tool))].reduce(
    (sum, text) => sum + scriptedTokens(text).length + 1,
    0
  )
  if (promptTokens >= contextSizeTokens) {
    throw new ContextLengthExceededError(
      `the prompt has ${promptTokens} tokens, the context holds ${contextSizeTokens} with the answer`,
      { details: { promptTokens, contextSizeTokens } }
    )
  }
  const calls = scriptedCalls(checked, options)
  const text = calls.length > 0 ? { tokens: [] } : untilStop(answerTokens(checked, options), checked.stop ?? [])
  const answer: ScriptedToken[] = [
    ...calls.flatMap(callPieces).map(toolCall => ({ channel: 'answer' as const, text: '', toolCall })),
    ...text.tokens.map(token => ({ channel: 'answer' as const, text: token }))
  ]
  const thoughts: ScriptedToken[] = scriptedTokens(options.thoughts ?? '').map(text => ({ channel: 'thought', text }))
  // A budget is for what is still to come.
  const given = checked.resume?.digest === info.digest ? checked.resume.tokenIds : []
  const thought = thoughts.findIndex((token, index) => scriptedTokenId(token) !== given[index])
  const budget = (checked.maxThoughtTokens ?? thoughts.length) + (thought < 0 ? thoughts.length : thought)
  const all = afterResumed([...thoughts.slice(0, budget), ...answer], checked.resume, info.digest)
  const limit = Math.min(checked.maxTokens ?? Number.POSITIVE_INFINITY, contextSizeTokens - promptTokens)
  const whole = calls.length > 0 ? 'tool_calls' : 'stop'
  if (all.length > limit) return { tokens: all.slice(0, limit), finishReason: 'length', promptTokens }
  return { tokens: all, finishReason: whole, promptTokens, ...(text.stop !== undefined && { stopSequence: text.stop }) }
}

/** Words with the space before them: the tokens of this engine. */
export function scriptedTokens(text: string): string[] {
  return text.match(/\s*\S+|\s+$/gu) ?? []
}

/** The id of a token: the same text has the same id everywhere. */
export function scriptedTokenId({ channel, text, toolCall }: ScriptedToken): number {
  const content = channel === 'answer' && toolCall === undefined ? text : JSON.stringify([channel, text, toolCall])
  return createHash('sha256').update(content).digest().readUInt32LE() & 0xffffff
}

function answerTokens(request: GenerateRequest, options: ScriptedEngineOptions): string[] {
  const format = request.responseFormat ?? { type: 'text' }
  if (format.type === 'json') return ['{', '"ok"', ': true', '}']
  if (format.type === 'json_schema')
    return scriptedTokens(JSON.stringify(exampleOf(format.schema, 'response_format.schema')))
  const last = request.messages.at(-1)!
  const question = messageText(last)
  const answered = options.answer?.(question)
  if (answered !== undefined) return scriptedTokens(answered)
  if (last.role === 'tool') return scriptedTokens(`The tool says: ${question}`)
  return options.tokens ?? scriptedTokens(options.text ?? SCRIPTED_TEXT)
}

/** Whether a request needs an engine with tools. Tools that must not be called change nothing. */
function usesTools({ tools = [], toolChoice, messages }: GenerateRequest): boolean {
  const inHistory = messages.some(message => message.role === 'tool' || (message.toolCalls?.length ?? 0) > 0)
  return inHistory || (tools.length > 0 && toolChoice !== 'none')
}

/** What follows the part that was given already: by its ids, or by its text when they are of another engine. */
function afterResumed(tokens: ScriptedToken[], resume: Resume | undefined, digest: string): ScriptedToken[] {
  if (resume === undefined) return tokens
  const ids = resume.digest === digest ? resume.tokenIds : []
  if (ids.length > 0 && ids.every((id, index) => tokens[index] && scriptedTokenId(tokens[index]) === id)) {
    return tokens.slice(ids.length)
  }
  let given = ''
  const rest = tokens.filter(token => token.channel === 'answer')
  while (rest.length > 0 && given.length < resume.text.length) given += rest.shift()!.text
  return given === resume.text && given !== '' ? rest : tokens
}

/** Cuts at the first stop text, which may begin in the middle of a token. */
function untilStop(tokens: string[], stops: string[]): { tokens: string[]; stop?: string } {
  const text = tokens.join('')
  const [first] = stops
    .map(stop => ({ stop, at: text.indexOf(stop) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
  if (first === undefined) return { tokens }
  const kept: string[] = []
  let length = 0
  for (const token of tokens) {
    if (length >= first.at) break
    kept.push(token.slice(0, first.at - length))
    length += token.length
  }
  return { tokens: kept, stop: first.stop }
}
