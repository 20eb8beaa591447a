import { InvalidRequestError } from '../../index.ts'
import type { Setting } from './keys.ts'

const YES = new Set(['true', '1', 'yes', 'on'])
const NO = new Set(['false', '0', 'no', 'off'])

/**
 * The value that a text stands for, from the environment or from `config set`: as it would stand in the file. Lists
 * have commas between. Throws `InvalidRequestError`.
 */
export function fromText({ key, kind }: Setting, text: string): unknown {
  const word = text.trim().toLowerCase()
  switch (kind) {
    case 'flag':
      if (YES.has(word)) return true
      if (NO.has(word)) return false
      throw new InvalidRequestError(`${key} must be true or false`, { details: { field: key } })
    case 'number':
      return word === '' ? Number.NaN : Number(word)
    case 'list-or-off':
      return NO.has(word) ? false : listOf(text)
    case 'list':
      return listOf(text)
    case 'text':
      return text
  }
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}
