import type { AnswerResult, EngineEvent } from '../../index.ts'
import { printableLine } from '../output/printable.ts'
import type { Terminal } from '../output/terminal.ts'
import { duration, shortPeer } from '../output/units.ts'
import { measured } from './measure.ts'
import { type AnswerForm, answerView } from './view.ts'

/** Prints the text of an answer in one of its forms. */
export async function printText(
  events: AsyncIterable<EngineEvent>,
  peerId: () => string,
  terminal: Terminal,
  form: AnswerForm = 'plain'
): Promise<AnswerResult> {
  const view = answerView(form, terminal)
  let whole = false
  try {
    const result = await measured(events, peerId, event => view.see(event))
    whole = true
    return result
  } finally {
    await view.finish(whole)
  }
}

/** Prints the whole answer as one JSON document, with the id of the conversation that it is kept in. */
export async function printJson(
  events: AsyncIterable<EngineEvent>,
  peerId: () => string,
  terminal: Terminal,
  conversation?: string
): Promise<AnswerResult> {
  const whole = await measured(events, peerId, () => undefined)
  await terminal.writeJson({ version: 1, ...whole, ...(conversation !== undefined && { conversation }) })
  return whole
}

/** The line about who answered and how fast. */
export function summary({ model, provider, usage, timings, attempts, finishReason }: AnswerResult): string {
  const failed = attempts.filter(attempt => attempt.outcome !== 'ok').length
  return [
    `${printableLine(model.name)} at ${shortPeer(printableLine(provider.peerId))}`,
    `first token ${duration(timings.firstTokenMs)}`,
    `${usage.completionTokens} tokens${timings.tokensPerSecond > 0 ? `, ${timings.tokensPerSecond} tokens/s` : ''}`,
    ...(finishReason === 'length' ? ['cut at the token limit'] : []),
    ...(failed > 0 ? [`${failed} failed before`] : [])
  ].join(' · ')
}

/** The line about the tokens that were read and made, for `-u`. */
export function usageLine({ usage: { promptTokens, cachedPromptTokens, completionTokens } }: AnswerResult): string {
  return `usage: ${promptTokens} prompt tokens (${cachedPromptTokens} of them cached), ${completionTokens} answer tokens`
}
