import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'

const JSON_FLAG = ['--json', 'print one JSON document'] as const
const load = () => import('../commands/config.ts')

/** `p2pai config` and the commands below it. `program` gives the whole command line, whose flags are the settings. */
export function configCommand(run: RunCommand, program: () => Command) {
  const config = new Command('config').description('read and change the settings of this home').addHelpText(
    'after',
    `
A setting stands for a flag: serve.slots for serve --slots. A flag is stronger
than the environment (P2PAI_SERVE_SLOTS), that than the file, that than the
default.

Examples:
  $ p2pai config set serve.name attic
  $ p2pai config show --origin`
  )
  config
    .command('get')
    .description('print one setting')
    .argument('<key>', 'as in serve.slots')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai config get serve.slots')
    .action((key, flags) => run(async context => (await load()).getSetting(key, flags, program(), context)))
  config
    .command('set')
    .description('write one setting to the file; items of a list as words')
    .argument('<key>', 'as in serve.slots')
    .argument('<value...>', 'what the flag would be given; true or false')
    .addHelpText('after', '\nExample:\n  $ p2pai config set network.mdns false')
    .action((key, words) => run(async context => (await load()).setSetting(key, words, program(), context)))
  config
    .command('unset')
    .description('take one setting out of the file')
    .argument('<key>', 'as in serve.slots')
    .addHelpText('after', '\nExample:\n  $ p2pai config unset serve.slots')
    .action(key => run(async context => (await load()).unsetSetting(key, program(), context)))
  config
    .command('show', { isDefault: true })
    .description('print all settings (the default)')
    .option('--origin', 'also where each value comes from')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai config show --origin')
    .action(flags => run(async context => (await load()).showSettings(flags, program(), context)))
  config
    .command('path')
    .description('print where the file is')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai config path')
    .action(flags => run(async context => (await load()).configPath(flags, context)))
  return config
}
