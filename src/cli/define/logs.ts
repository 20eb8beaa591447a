import { Command, Option } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'
import { LOG_LEVELS } from '../logs/levels.ts'
import { number } from './parsers.ts'

/** Five files of 5 MiB hold fewer. */
const MAX_LINES = 1_000_000

/** `p2pai logs`. */
export function logsCommand(run: RunCommand) {
  return new Command('logs')
    .description('show what the daemon of this home wrote down')
    .option('-f, --follow', 'go on with what is written from now on')
    .option('-n, --lines <n>', 'so many of the last lines', number(0, MAX_LINES, true), 100)
    .addOption(
      new Option('--level <level>', 'leave out what matters less').choices(LOG_LEVELS).default('info' as const)
    )
    .option('--json', 'lines of JSON')
    .addHelpText(
      'after',
      `
Works with a daemon and without. There is nothing of prompts or answers in it.

Examples:
  $ p2pai logs -f
  $ p2pai logs -n 1000 --level warn`
    )
    .action(flags => run(async context => (await import('../commands/logs.ts')).logs(flags, context)))
}
