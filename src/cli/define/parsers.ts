import { InvalidArgumentError } from '@commander-js/extra-typings'
import { parseKeepAlive, toP2paiError } from '../../index.ts'

/** What a setting of an option looks like in the configuration file, where that is no plain text. */
export type ParsedKind = 'number' | 'list'

const kinds = new WeakMap<object, ParsedKind>()

/** What the values of this parser are; undefined for texts. */
export function kindOf(parser: object | undefined): ParsedKind | undefined {
  return parser && kinds.get(parser)
}

/** A parser for options that take a number. */
export function number(min: number, max: number, whole = false): (text: string) => number {
  const parse = (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value
    throw new InvalidArgumentError(`It must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`)
  }
  kinds.set(parse, 'number')
  return parse
}

/** A parser for options that may be given several times. Before the first, its negation may have set `false`. */
export function list(text: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? (before as string[]) : []), text]
}
kinds.set(list, 'list')

/** A parser for options that take several values with commas between, and may be given several times. */
export function commaList(text: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? (before as string[]) : []), ...text.split(',').filter(part => part !== '')]
}
kinds.set(commaList, 'list')

/** A parser for `--gpu auto|off|N`. */
export function gpu(text: string): 'auto' | 'off' | number {
  if (text === 'auto' || text === 'off') return text
  const layers = Number(text)
  if (text.trim() !== '' && Number.isInteger(layers) && layers >= 0 && layers <= 10_000) return layers
  throw new InvalidArgumentError('It must be auto, off, or the number of layers on the GPU.')
}

/** A parser for `--keep-alive`; gives milliseconds. */
export function keepAlive(text: string): number {
  try {
    return parseKeepAlive(text)
  } catch (error) {
    throw new InvalidArgumentError(toP2paiError(error).message)
  }
}
