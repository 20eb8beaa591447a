import { type ArgumentHandler, type Command, type OptionHandler, RootCommand } from '@bomb.sh/tab'
import type { Command as OurCommand, Option as OurOption } from '@commander-js/extra-typings'
import type { LiveNames } from './live-names.ts'

/** Which names the values of a flag are, and the first argument of a command. */
const FLAG_NAMES: Record<string, keyof LiveNames> = {
  model: 'models',
  peer: 'peers',
  deny: 'peers',
  allow: 'peers',
  only: 'peers',
  denyProvider: 'peers'
}
const ARGUMENT_NAMES: Record<string, keyof LiveNames> = {
  'models show': 'models',
  'models rm': 'installed',
  'models pull': 'catalog',
  'models unload': 'models',
  show: 'models',
  rm: 'installed',
  pull: 'catalog',
  stop: 'models',
  run: 'catalog',
  ping: 'peers',
  'peers show': 'peers',
  'config get': 'settings',
  'config set': 'settings',
  'config unset': 'settings'
}

/** The command line as the completion knows it, with the names that are alive now. */
export function completionTree(program: OurCommand, names: LiveNames): RootCommand {
  const root = new RootCommand()
  for (const option of visibleOptions(program)) addOption(root, option, names)
  for (const [path, command] of everyVisible(program)) {
    const added = root.command(path, command.description())
    for (const option of visibleOptions(command)) addOption(added, option, names)
    for (const [at, argument] of command.registeredArguments.entries()) {
      const kind = at === 0 ? ARGUMENT_NAMES[path] : undefined
      const values = argument.argChoices ?? (kind && names[kind])
      added.argument(argument.name(), values && giving(values), argument.variadic)
    }
  }
  return root
}

function everyVisible(command: OurCommand, path = ''): [path: string, command: OurCommand][] {
  const children = command.createHelp().visibleCommands(command as never) as unknown as OurCommand[]
  return children.flatMap(child => {
    const own = path === '' ? child.name() : `${path} ${child.name()}`
    return [[own, child], ...everyVisible(child, own)] as [string, OurCommand][]
  })
}

function visibleOptions(command: OurCommand): OurOption[] {
  return command.createHelp().visibleOptions(command as never) as unknown as OurOption[]
}

function addOption(command: Command, option: OurOption, names: LiveNames): void {
  const long = option.long?.replace(/^--/, '')
  if (long === undefined) return
  const short = option.short?.replace(/^-/, '')
  const takesValue = option.required || option.optional
  // With a handler, even of nothing, a value is expected after the flag.
  if (takesValue) command.option(long, option.description, valuesOf(option, names), short)
  else command.option(long, option.description, short ?? '')
}

function valuesOf(option: OurOption, names: LiveNames): OptionHandler {
  const kind = FLAG_NAMES[option.attributeName()]
  return giving(option.argChoices ?? (kind ? names[kind] : []))
}

function giving(values: readonly string[]): OptionHandler & ArgumentHandler {
  return complete => {
    for (const value of values) complete(value, '')
  }
}
