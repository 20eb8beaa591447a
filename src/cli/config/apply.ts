import type { Command } from '@commander-js/extra-typings'
import { settingsOf } from './keys.ts'
import { resolveSettings } from './resolve.ts'

/**
 * Gives a command what the environment and the file of the home say, for the flags that were not given. Throws
 * `InvalidRequestError` for a file or a variable that cannot be used.
 */
export async function applySettings(program: Command, command: Command): Promise<void> {
  const name = command.name()
  if (command.parent !== program) return
  const own = settingsOf(program).filter(({ flags }) => flags.some(flag => flag.command === name))
  if (own.length === 0) return
  // All settings are checked, not those of this command alone: a mistake should be said when it was made.
  for (const { setting, value, origin } of await resolveSettings(settingsOf(program))) {
    const flag = setting.flags.find(({ command: owner }) => owner === name)
    if (flag === undefined || origin === 'default') continue
    if (command.getOptionValueSource(flag.name) === 'cli') continue
    command.setOptionValueWithSource(flag.name, value, origin === 'file' ? 'config' : 'env')
  }
}
