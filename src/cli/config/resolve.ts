import { homePaths, InvalidRequestError, nearestNames } from '../../index.ts'
import { fromText } from './from-text.ts'
import type { Setting } from './keys.ts'
import { readConfigText } from './read-file.ts'
import type { Settings } from './validate.ts'

/** Where a value comes from, strongest first. A flag of the command is stronger than all of them. */
export type Origin = 'environment' | 'file' | 'default'

/** A setting with what holds now. */
export interface Resolved {
  setting: Setting
  value: unknown
  origin: Origin
}

/** What the environment and the file say about settings. Costs next to nothing when they say nothing. */
export async function resolveSettings(
  settings: readonly Setting[],
  environment: NodeJS.ProcessEnv = process.env
): Promise<Resolved[]> {
  await refuseUnknownVariables(settings, environment)
  const file = await readSettings(settings)
  const resolved: Resolved[] = []
  for (const setting of settings) {
    const text = environment[setting.variable]
    if (text !== undefined && text !== '') {
      resolved.push({ setting, value: await fromVariable(setting, text), origin: 'environment' })
    } else if (file.has(setting.key)) resolved.push({ setting, value: file.get(setting.key), origin: 'file' })
    else resolved.push({ setting, value: setting.standard, origin: 'default' })
  }
  return resolved
}

/** What the file of this home sets. Throws `InvalidRequestError` for what is wrong with it. */
export async function readSettings(settings: readonly Setting[]): Promise<Settings> {
  const { config } = homePaths()
  const text = readConfigText(config)
  if (text === undefined || text.trim() === '') return new Map()
  const { parseConfig } = await import('./validate.ts')
  return parseConfig(text, config, settings)
}

/** What the file of this home has, by key, whether or not there are such settings. Throws when it is no JSON of this form. */
export async function readAnySettings(): Promise<Settings> {
  const { config } = homePaths()
  const text = readConfigText(config)
  if (text === undefined || text.trim() === '') return new Map()
  const { parseAnyConfig } = await import('./validate.ts')
  return parseAnyConfig(text, config)
}

/** A slip in a variable is as silent as one in the file: what begins like a setting must be one. */
async function refuseUnknownVariables(settings: readonly Setting[], environment: NodeJS.ProcessEnv): Promise<void> {
  const known = new Set(settings.map(({ variable }) => variable))
  const sections = new Set(settings.map(({ variable }) => variable.split('_').slice(0, 2).join('_')))
  const isSlip = (name: string) => !known.has(name) && sections.has(name.split('_').slice(0, 2).join('_'))
  const slip = Object.keys(environment).find(isSlip)
  if (slip === undefined) return
  const [nearest] = nearestNames(slip, known)
  throw new InvalidRequestError(`there is no setting ${slip}, as the environment has it; did you mean ${nearest}?`, {
    details: { field: slip }
  })
}

async function fromVariable(setting: Setting, text: string): Promise<unknown> {
  const { checkValue } = await import('./validate.ts')
  try {
    return checkValue(setting, fromText(setting, text))
  } catch (error) {
    const problem = (error as Error).message
    throw new InvalidRequestError(`${setting.variable} in the environment: ${problem}`, {
      cause: error,
      details: { field: setting.variable }
    })
  }
}
