import { z } from 'zod'
import { MAX_TOKENS } from '../interface/index.ts'

/**
 * Most tokens of reasoning that each word stands for: four times as many with every step, from a few sentences to a
 * long proof. `low` is the least that Anthropic's clients can ask for by number.
 */
export const EFFORT_TOKENS = {
  none: 0,
  minimal: 256,
  low: 1_024,
  medium: 4_096,
  high: 16_384,
  xhigh: 65_536,
  max: MAX_TOKENS
} as const

/** A word for how much a model may think. */
export type Effort = keyof typeof EFFORT_TOKENS

/** Said in the description of every parameter that takes these words. */
export const EFFORT_HELP = `Most tokens of reasoning: ${Object.entries(EFFORT_TOKENS)
  .map(([word, tokens]) => `${word} ${tokens}`)
  .join(', ')}; refused for a model that does not reason, but none`

/** Any of the words. */
export const effortWord = z.enum(Object.keys(EFFORT_TOKENS) as Effort[]).describe(EFFORT_HELP)

/** The name of a parameter that asks for reasoning; undefined when it asks for none, or is not there. */
export function wantsThoughts(field: string, effort: Effort | boolean | null | undefined): { thinks?: string } {
  return effort === null || effort === undefined || effort === false || effort === 'none' ? {} : { thinks: field }
}

/** What a word stands for; undefined leaves it to the engine. */
export function thoughtTokens(effort: Effort | null | undefined): number | undefined {
  return effort === null || effort === undefined ? undefined : EFFORT_TOKENS[effort]
}
