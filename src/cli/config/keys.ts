import type { Command, Option } from '@commander-js/extra-typings'
import { kindOf } from '../define/parsers.ts'

/** What a value is in the file. `flag` is true or false; a `list-or-off` may be false for "none". */
export type SettingKind = 'text' | 'number' | 'list' | 'flag' | 'list-or-off'

/** One thing that can be set once instead of with every command. */
export interface Setting {
  /** As in `serve.slots`. */
  key: string
  /** As in `P2PAI_SERVE_SLOTS`. */
  variable: string
  kind: SettingKind
  /** What holds when nobody says anything; undefined when the command finds out. */
  standard: unknown
  /** The flag's own parser, which knows ranges; throws in words. */
  parse: (text: string) => unknown
  /** The flags that it stands for: name of the command, and of its option's value. */
  flags: { command: string; name: string }[]
}

/** Commands whose flags are settings, in the order in which a shared one gets its section. */
const SECTIONS = ['serve', 'ask', 'chat']

/** Flags that concern one call alone. */
const ONE_CALL = new Set([
  'json',
  'stream',
  'usage',
  'file',
  'image',
  'schema',
  'help',
  'detach',
  'yes',
  'input',
  'continue',
  'extract',
  'resume',
  'new'
])

/** Flags of one meaning in every command. */
const SHARED: Record<string, string> = {
  'serve bootstrap': 'network.bootstrap',
  'serve mdns': 'network.mdns',
  'serve denyProvider': 'providers.deny',
  'ask deny': 'providers.deny',
  'chat deny': 'providers.deny'
}
const NETWORK_FLAGS = new Set(['bootstrap', 'mdns'])

/** What the daemon takes where the flag says nothing: its option has no default, because a given one means more. */
const STANDARDS: Record<string, unknown> = {
  'serve.api': '127.0.0.1:11435',
  'serve.audits': 'canary',
  'serve.gpu': 'auto',
  'serve.keep-alive': '10m',
  'serve.max-load': 1,
  'serve.min-battery': 20,
  'serve.policy': 'rec',
  'serve.price': 0
}

/** Everything that can be set: made from the flags of the commands, so that neither can be without the other. */
export function settingsOf(program: Command): Setting[] {
  const settings = new Map<string, Setting>()
  for (const command of [...program.commands].sort((a, b) => place(a) - place(b))) {
    for (const option of command.options) {
      const key = keyOf(command.name(), option, settings)
      if (key === undefined) continue
      const flag = { command: command.name(), name: option.attributeName() }
      const known = settings.get(key)
      if (known === undefined) settings.set(key, settingOf(key, option, flag))
      else join(known, option, flag)
    }
  }
  return [...settings.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

function place(command: { name(): string }): number {
  const at = SECTIONS.indexOf(command.name())
  return at < 0 ? SECTIONS.length : at
}

/** Other commands than those of `SECTIONS` take part only in what these have: `run` in `ask`, all in the network. */
function keyOf(command: string, option: Option, settings: Map<string, Setting>): string | undefined {
  const name = option.attributeName()
  if (ONE_CALL.has(name)) return undefined
  const shared = SHARED[`${command} ${name}`]
  if (shared !== undefined) return shared
  if (NETWORK_FLAGS.has(name)) return `network.${name}`
  const flag = (option.long ?? '').replace(/^--(no-)?/, '')
  if ((command === 'chat' || command === 'run') && settings.has(`ask.${flag}`)) return `ask.${flag}`
  return SECTIONS.includes(command) ? `${command}.${flag}` : undefined
}

function settingOf(key: string, option: Option, flag: Setting['flags'][number]): Setting {
  const isFlag = option.isBoolean() || option.negate
  return {
    key,
    variable: `P2PAI_${key.replace(/[.-]/g, '_').toUpperCase()}`,
    kind: isFlag ? 'flag' : (kindOf(option.parseArg) ?? 'text'),
    standard: STANDARDS[key] ?? option.defaultValue ?? (isFlag ? option.negate : undefined),
    parse: parserOf(option),
    flags: [flag]
  }
}

/** A second flag of a setting: the same one in another command, or `--no-model` beside `--model`. */
function join(setting: Setting, option: Option, flag: Setting['flags'][number]): void {
  const isNegation = setting.flags.some(({ command, name }) => command === flag.command && name === flag.name)
  if (!isNegation) setting.flags.push(flag)
  else if (option.negate && setting.kind === 'list') setting.kind = 'list-or-off'
}

function parserOf(option: Option): (text: string) => unknown {
  const { parseArg, argChoices } = option
  return text => {
    if (argChoices && !argChoices.includes(text)) throw new Error(`It must be one of ${argChoices.join(', ')}.`)
    return parseArg && kindOf(parseArg) !== 'list' ? parseArg(text, undefined as never) : text
  }
}
