import type { Cut, Session } from '../../index.ts'
import { PrintableStream, printableLine } from '../output/printable.ts'
import type { Terminal } from '../output/terminal.ts'

const CUTS: Record<Cut, string> = {
  interrupted: 'interrupted here',
  lost: 'the provider was lost here',
  limit: 'cut at the token limit'
}

/** Where an answer is not whole, in words. */
export function cutMark(cut: Cut): string {
  return `[${CUTS[cut]}]`
}

/** A conversation as text: questions behind `>>>`, as they were typed. A terminal gets the harmless part of it. */
export function transcript({ system, turns }: Session, { watched, paintAnswer }: Terminal): string {
  const shown = (text: string): string => (watched ? new PrintableStream().push(text) : text).replace(/\n+$/, '')
  const parts = turns.flatMap(({ question, answer, cut, model }) => [
    paintAnswer('bold', `>>> ${shown(question)}`),
    shown(answer) + (cut ? `${answer === '' ? '' : '\n'}${paintAnswer('dim', cutMark(cut))}` : ''),
    paintAnswer('dim', `(${printableLine(model)})`)
  ])
  return [...(system ? [`system: ${shown(system)}`] : []), ...parts].map(part => `${part}\n`).join('\n')
}
