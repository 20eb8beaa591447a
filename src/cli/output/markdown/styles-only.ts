import { PrintableStream } from '../printable.ts'

const STYLE = /(\u001b\[[0-9;]{0,16}m)/

/** A text in which colours and weights are the only things that a terminal obeys. */
export function stylesOnly(text: string): string {
  return text
    .split(STYLE)
    .map(part => (STYLE.test(part) ? part : new PrintableStream().push(part)))
    .join('')
}
