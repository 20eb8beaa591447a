import type { AnswerResult, EngineEvent } from '../../index.ts'
import { PrintableStream, printableLine } from '../output/printable.ts'
import type { Terminal } from '../output/terminal.ts'
import { duration, shortPeer } from '../output/units.ts'
import { measured } from './measure.ts'

/**
 * Prints an answer as it comes. Newlines at its end are held back, so that it ends in exactly one. A terminal gets the
 * harmless part of the text, a pipe gets all of it.
 */
export async function printText(
  events: AsyncIterable<EngineEvent>,
  peerId: () => string,
  terminal: Terminal
): Promise<AnswerResult> {
  const printable = new PrintableStream()
  let heldBack = ''
  let begun = false
  try {
    return await measured(events, peerId, async event => {
      if (event.type !== 'delta' || event.channel !== 'answer') return
      const text = heldBack + (terminal.watched ? printable.push(event.text) : event.text)
      const body = text.replace(/\n+$/, '')
      heldBack = text.slice(body.length)
      if (body === '') return
      begun = true
      await terminal.write(body)
    })
  } finally {
    if (begun) await terminal.write('\n')
  }
}

/** Prints the whole answer as one JSON document. */
export async function printJson(
  events: AsyncIterable<EngineEvent>,
  peerId: () => string,
  terminal: Terminal
): Promise<AnswerResult> {
  const whole = await measured(events, peerId, () => undefined)
  await terminal.writeJson({ version: 1, ...whole })
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
