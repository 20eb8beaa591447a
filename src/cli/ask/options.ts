import {
  type GenerateRequest,
  InvalidRequestError,
  nearestNames,
  type Sampling,
  textMessage,
  validateRequest
} from '../../index.ts'
import type { AskFlags } from './flags.ts'

/** How an answer is to be made: what `-o` and `/set` change. */
export type AnswerOptions = Pick<GenerateRequest, 'maxTokens' | 'maxThoughtTokens' | 'stop' | 'sampling'>

/** Names as HTTP clients write them, and where they go. Ranges are those of every request. */
const SAMPLING: Record<string, keyof Sampling> = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  min_p: 'minP',
  seed: 'seed',
  repeat_penalty: 'repeatPenalty',
  frequency_penalty: 'frequencyPenalty',
  presence_penalty: 'presencePenalty'
}
const COUNTS: Record<string, 'maxTokens' | 'maxThoughtTokens'> = {
  max_tokens: 'maxTokens',
  max_thought_tokens: 'maxThoughtTokens'
}

/** What can be set, for help. */
export const OPTION_NAMES: readonly string[] = [...Object.keys(SAMPLING), ...Object.keys(COUNTS), 'stop']

/** The options with one more. `-` in a name does for `_`. Throws `InvalidRequestError` that names the option. */
export function withOption(options: AnswerOptions, name: string, text: string): AnswerOptions {
  const key = name.toLowerCase().replaceAll('-', '_')
  if (key === 'stop') return checked({ ...options, stop: [...(options.stop ?? []), text] })
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const sampled = SAMPLING[key]
  const counted = COUNTS[key]
  if (sampled === undefined && counted === undefined) {
    const suggestions = nearestNames(key, [...OPTION_NAMES]).slice(0, 1)
    throw new InvalidRequestError(`there is no option ${name}`, { details: { field: 'option', suggestions } })
  }
  if (Number.isNaN(value)) {
    throw new InvalidRequestError(`${key} needs a number, not ${JSON.stringify(text)}`, { details: { field: key } })
  }
  if (counted !== undefined) return checked({ ...options, [counted]: value })
  return checked({ ...options, sampling: { ...options.sampling, [sampled as string]: value } })
}

/** The options of a command line; a flag of its own is stronger than `-o`. Throws `InvalidRequestError`. */
export function answerOptions({ option = [], maxTokens, temperature, seed, stop }: AskFlags): AnswerOptions {
  let options: AnswerOptions = {}
  for (const text of option) {
    const at = text.indexOf('=')
    if (at < 1) {
      throw new InvalidRequestError(`${text} is no option, as in -o top_p=0.9`, { details: { field: 'option' } })
    }
    options = withOption(options, text.slice(0, at), text.slice(at + 1))
  }
  const sampling = {
    ...options.sampling,
    ...(temperature !== undefined && { temperature }),
    ...(seed !== undefined && { seed })
  }
  return {
    ...options,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(Object.keys(sampling).length > 0 && { sampling }),
    ...(stop && { stop })
  }
}

function checked(options: AnswerOptions): AnswerOptions {
  validateRequest({ model: 'auto', messages: [textMessage('user', '?')], ...options })
  return options
}
