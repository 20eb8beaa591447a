import { z } from 'zod'
import { InvalidRequestError, nearestNames } from '../../index.ts'
import { slips } from '../typo.ts'
import { JsonProblem, linesOfKeys } from './json-lines.ts'
import type { Setting } from './keys.ts'
import { configProblem } from './read-file.ts'

/** What a file sets, by key. */
export type Settings = Map<string, unknown>

const EXPECTED: Record<Setting['kind'], string> = {
  text: 'a text in double quotes',
  number: 'a number',
  list: 'a list of texts, as in ["a", "b"]',
  flag: 'true or false',
  'list-or-off': 'a list of texts, as in ["a", "b"], or false'
}

/** Checks the text of a file against all settings. Throws `InvalidRequestError` with the line and what helps. */
export function parseConfig(text: string, path: string, settings: readonly Setting[]): Settings {
  const { whole, lines } = readObject(text, path)
  const byKey = new Map(settings.map(setting => [setting.key, setting]))
  const found: Settings = new Map()
  for (const [section, members] of Object.entries(whole)) {
    const isSection = settings.some(({ key }) => key.startsWith(`${section}.`))
    if (isSection && !isObject(members)) {
      throw configProblem(path, `${section} must be an object of settings`, undefined, lines.get(section))
    }
    for (const [name, value] of isSection ? Object.entries(members as object) : [['', members]]) {
      const key = isSection ? `${section}.${name}` : section
      const setting = byKey.get(key)
      if (setting === undefined) throw configProblem(path, unknownKey(key, settings), undefined, lines.get(key))
      try {
        found.set(key, checkValue(setting, value))
      } catch (error) {
        throw configProblem(path, (error as Error).message, error, lines.get(key))
      }
    }
  }
  return found
}

/** What a file sets, whether or not there are such settings; a section that is none has no name behind it. */
export function parseAnyConfig(text: string, path: string): Settings {
  const { whole } = readObject(text, path)
  const entries = Object.entries(whole).flatMap(([section, members]): [string, unknown][] =>
    isObject(members)
      ? Object.entries(members).map(([name, value]) => [`${section}.${name}`, value])
      : [[section, members]]
  )
  return new Map(entries)
}

function readObject(text: string, path: string): { whole: Record<string, unknown>; lines: Map<string, number> } {
  let lines: Map<string, number>
  try {
    lines = linesOfKeys(text)
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error
    throw configProblem(path, `this is not JSON: ${error.message}`, error, error.line)
  }
  const whole: unknown = JSON.parse(text)
  if (!isObject(whole)) throw configProblem(path, 'it must be an object, as in {"serve": {"slots": 2}}')
  return { whole, lines }
}

/** The value as the flag's own parser would give it. Throws `InvalidRequestError`. */
export function checkValue(setting: Setting, value: unknown): unknown {
  const parsed = schemaOf(setting).safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const said = issue?.code === 'custom' ? issue.message : `must be ${EXPECTED[setting.kind]}`
  throw new InvalidRequestError(setting.key + (said.startsWith('must be ') ? ' ' : ': ') + said, {
    details: { field: setting.key }
  })
}

/** What to say about a key that does not exist. */
export function unknownKey(key: string, settings: readonly Setting[]): string {
  const names = settings.map(setting => (key.includes('.') ? setting.key : (setting.key.split('.')[0] ?? '')))
  const [nearest = ''] = nearestNames(key, names)
  // What is further from every key was no slip.
  const mostSlips = Math.max(1, Math.floor((key.split('.').at(-1) ?? '').length / 3))
  const meant = slips(key, nearest) <= mostSlips ? ` did you mean ${nearest}?` : ''
  return `there is no setting ${key};${meant} ${meant === '' ? 'all' : 'All'} of them: p2pai config show`
}

function schemaOf(setting: Setting): z.ZodType {
  const texts = z
    .array(z.string().min(1))
    .transform((items, context) => items.map(item => parsed(setting, item, context)))
  switch (setting.kind) {
    case 'flag':
      return z.boolean()
    case 'list':
      return texts
    case 'list-or-off':
      return z.union([z.literal(false), texts])
    case 'number':
      return z.number().transform((value, context) => parsed(setting, String(value), context))
    case 'text':
      // Some flags take a word or a number, as in `serve.gpu`.
      return z.union([z.string(), z.number()]).transform((value, context) => parsed(setting, String(value), context))
  }
}

function parsed({ parse }: Setting, text: string, context: z.RefinementCtx): unknown {
  try {
    return parse(text)
  } catch (error) {
    const message = (error as Error).message.replace(/^It must be /, 'must be ').replace(/\.$/, '')
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
