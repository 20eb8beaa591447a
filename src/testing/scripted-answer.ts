import { createHash } from 'node:crypto'
import {
  ContextLengthExceededError,
  type GenerateRequest,
  InvalidRequestError,
  type JsonSchema,
  messageText,
  UnsupportedFeatureError,
  validateRequest
} from '../interface/index.ts'
import { SCRIPTED_TEXT, type ScriptedEngineOptions } from './scripted-options.ts'

/** An answer that is known before it begins. */
export interface ScriptedAnswer {
  tokens: string[]
  /** The tokens are all there is; false when the limit or the context cut them. */
  whole: boolean
  promptTokens: number
}

/** Works out the whole answer to a request. Throws what an engine throws for a request that it cannot take. */
export function scriptedAnswer(
  request: GenerateRequest,
  options: ScriptedEngineOptions,
  contextSizeTokens: number
): ScriptedAnswer {
  const checked = validateRequest(request)
  const refuse = (field: string) => {
    throw new UnsupportedFeatureError(`the scripted engine takes no ${field}`, { details: { field } })
  }
  if ((checked.tools?.length ?? 0) > 0 && checked.toolChoice !== 'none') refuse('tools')
  if (checked.acceptIf !== undefined) refuse('accept_if')
  if (checked.messages.some(message => message.parts.some(part => part.type === 'media'))) refuse('messages')
  const prompt = checked.messages.map(messageText)
  if (prompt.every(text => text === '')) {
    throw new InvalidRequestError('messages have no text', { details: { field: 'messages' } })
  }
  const promptTokens = prompt.reduce((sum, text) => sum + scriptedTokens(text).length + 1, 0)
  if (promptTokens >= contextSizeTokens) {
    throw new ContextLengthExceededError(
      `the prompt has ${promptTokens} tokens, the context holds ${contextSizeTokens} with the answer`,
      { details: { promptTokens, contextSizeTokens } }
    )
  }
  const all = answerTokens(checked, options)
  const resumed = checked.resume === undefined ? all : afterText(all, checked.resume.text)
  const stopped = untilStop(resumed, checked.stop ?? [])
  const limit = Math.min(checked.maxTokens ?? Number.POSITIVE_INFINITY, contextSizeTokens - promptTokens)
  return { tokens: stopped.slice(0, limit), whole: stopped.length <= limit, promptTokens }
}

/** Words with the space before them: the tokens of this engine. */
export function scriptedTokens(text: string): string[] {
  return text.match(/\s*\S+|\s+$/gu) ?? []
}

/** The id of a token: the same text has the same id everywhere. */
export function scriptedTokenId(token: string): number {
  return createHash('sha256').update(token).digest().readUInt32LE() & 0xffffff
}

function answerTokens(request: GenerateRequest, options: ScriptedEngineOptions): string[] {
  const format = request.responseFormat ?? { type: 'text' }
  if (format.type === 'json') return ['{', '"ok"', ': true', '}']
  if (format.type === 'json_schema') return scriptedTokens(JSON.stringify(example(format.schema)))
  const question = messageText(request.messages.at(-1)!)
  const answered = options.answer?.(question)
  if (answered !== undefined) return scriptedTokens(answered)
  return options.tokens ?? scriptedTokens(options.text ?? SCRIPTED_TEXT)
}

/** A value that fits the simple schemas that tests use. */
function example(schema: JsonSchema): unknown {
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).map(([key, part]) => [
          key,
          example(part)
        ])
      )
    case 'array':
      return [example((schema.items ?? {}) as JsonSchema)]
    case 'integer':
    case 'number':
      return 42
    case 'boolean':
      return true
    case 'string':
      return 'Paris'
    case undefined:
      return null
    default:
      throw new InvalidRequestError('response_format.schema has a type that is not known', {
        details: { field: 'response_format.schema' }
      })
  }
}

function afterText(tokens: string[], text: string): string[] {
  let given = ''
  const rest = [...tokens]
  while (rest.length > 0 && given.length < text.length) given += rest.shift()
  return given === text ? rest : tokens
}

/** Cuts at the first stop text, which may begin in the middle of a token. */
function untilStop(tokens: string[], stops: string[]): string[] {
  const text = tokens.join('')
  const at = Math.min(...stops.map(stop => text.indexOf(stop)).filter(index => index >= 0), text.length)
  const kept: string[] = []
  let length = 0
  for (const token of tokens) {
    if (length >= at) break
    kept.push(token.slice(0, at - length))
    length += token.length
  }
  return kept
}
