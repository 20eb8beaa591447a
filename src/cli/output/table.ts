import { printableLine } from './printable.ts'

/** Lines of a table without borders, which `cut` and `grep` take apart. Cells come from strangers, and are cleaned. */
export function table(head: string[], rows: (string | number)[][]): string {
  const cells = [head, ...rows.map(row => row.map(cell => printableLine(String(cell)) || '-'))]
  const widths = head.map((_, column) => Math.max(...cells.map(row => columnsOf(row[column] ?? ''))))
  return cells
    .map(
      row =>
        `${row
          .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - columnsOf(cell)))
          .join('  ')
          .trimEnd()}\n`
    )
    .join('')
}

/** Lines `name   value`. */
export function facts(entries: [name: string, value: string | number][]): string {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${printableLine(String(value)) || '-'}\n`).join('')
}

/** Made when it is needed: it reads tables of a millisecond or more, and most tables are ASCII. */
let letters: Intl.Segmenter | undefined
const ASCII = /^[\x20-\x7e]*$/
/** Letters of East Asia and pictures take two columns of a terminal. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|[\u3000-\u303f\uff01-\uff60\uffe0-\uffe6])|\ufe0f/u

/** How many columns of a terminal a text takes. */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length
  letters ??= new Intl.Segmenter()
  let columns = 0
  for (const { segment } of letters.segment(text)) columns += WIDE.test(segment) ? 2 : 1
  return columns
}
