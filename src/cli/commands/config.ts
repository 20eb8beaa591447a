import type { Command } from '@commander-js/extra-typings'
import { homePaths, InvalidRequestError, writeConfigFile } from '../../index.ts'
import { checkMeaning } from '../config/check-meaning.ts'
import { fromText } from '../config/from-text.ts'
import { type Setting, settingsOf } from '../config/keys.ts'
import { type Resolved, readAnySettings, readSettings, resolveSettings } from '../config/resolve.ts'
import { checkValue, type Settings, unknownKey } from '../config/validate.ts'
import type { CommandContext } from '../context.ts'
import { printableLine } from '../output/printable.ts'
import { table } from '../output/table.ts'

interface JsonFlag {
  json?: boolean | undefined
}

/** `p2pai config get KEY`: the value that holds, alone on stdout. */
export async function getSetting(key: string, flags: JsonFlag, program: Command, { terminal }: CommandContext) {
  const wanted = settingNamed(key, settingsOf(program))
  const found = (await resolveSettings(settingsOf(program))).find(({ setting }) => setting.key === wanted.key)
  const { value, origin } = found as Resolved
  if (flags.json) await terminal.writeJson({ version: 1, key, value: value ?? null, origin })
  else await terminal.write(`${textOf(value)}\n`)
  return 0
}

/** `p2pai config set KEY VALUE...`. */
export async function setSetting(key: string, words: string[], program: Command, { terminal }: CommandContext) {
  const settings = settingsOf(program)
  const setting = settingNamed(key, settings)
  const value = fromText(setting, words.join(setting.kind.startsWith('list') ? ',' : ' '))
  // What the parser makes of it is checked, and what was written is kept.
  checkValue(setting, value)
  await checkMeaning(setting, value)
  const before = await readSettings(settings)
  const path = await writeConfigFile(fileText(new Map([...before, [key, value]])))
  terminal.note(`${key} is set in ${printableLine(path)}; a daemon that runs takes it with its next start`)
  return 0
}

/** `p2pai config unset KEY`. Not an error when it was not set. */
export async function unsetSetting(key: string, program: Command, { terminal }: CommandContext) {
  const settings = settingsOf(program)
  // Also a key that is none: it is in the way of everything else, and its only cure.
  const before = await readAnySettings()
  if (before.delete(key)) await writeConfigFile(fileText(before))
  else {
    settingNamed(key, settings)
    terminal.note(`${key} was not set`)
  }
  return 0
}

/** `p2pai config show`. */
export async function showSettings(
  flags: JsonFlag & { origin?: boolean | undefined },
  program: Command,
  { terminal }: CommandContext
) {
  const all = await resolveSettings(settingsOf(program))
  if (flags.json) {
    const settings = all.map(({ setting, value, origin }) => ({
      key: setting.key,
      value: value ?? null,
      origin,
      variable: setting.variable
    }))
    await terminal.writeJson({ version: 1, file: homePaths().config, settings })
    return 0
  }
  const head = ['KEY', 'VALUE', ...(flags.origin ? ['ORIGIN'] : [])]
  const row = ({ setting, value, origin }: Resolved): string[] => [
    setting.key,
    textOf(value),
    ...(flags.origin ? [said(setting, origin)] : [])
  ]
  await terminal.write(table(head, all.map(row)))
  return 0
}

/** `p2pai config path`. */
export async function configPath(flags: JsonFlag, { terminal }: CommandContext): Promise<number> {
  const { config } = homePaths()
  if (flags.json) await terminal.writeJson({ version: 1, path: config })
  else await terminal.write(`${config}\n`)
  return 0
}

function settingNamed(key: string, settings: readonly Setting[]): Setting {
  const setting = settings.find(known => known.key === key)
  if (setting === undefined) throw new InvalidRequestError(unknownKey(key, settings), { details: { field: 'key' } })
  return setting
}

function said(setting: Setting, origin: Resolved['origin']): string {
  if (origin === 'environment') return `environment ${setting.variable}`
  return origin === 'file' ? `file ${homePaths().config}` : 'default'
}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  return Array.isArray(value) ? value.join(',') : String(value)
}

/** Sections and names in order, so that the file reads well and a change of one setting changes one line. */
function fileText(settings: Settings): string {
  const sections: Record<string, unknown> = {}
  for (const key of [...settings.keys()].sort()) {
    const at = key.indexOf('.')
    if (at < 0) sections[key] = settings.get(key)
    else
      sections[key.slice(0, at)] = { ...(sections[key.slice(0, at)] as object), [key.slice(at + 1)]: settings.get(key) }
  }
  return `${JSON.stringify(sections, null, 2)}\n`
}
