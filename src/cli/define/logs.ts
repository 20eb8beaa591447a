import { Command, Option } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'
import { LOG_LEVELS } from '../logs/levels.ts'
import { number } from './parsers.ts'

/** Five files of 5 MiB hold fewer. */
const MAX_LINES = 1_000_000

/** `p2pai logs`. */
export function logsCommand(run: RunCommand) {
  const logs = new Command('logs')
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
  logs
    .command('level')
    .description('say or change what the running daemon writes down')
    .argument('[[part=]level...]', `${LOG_LEVELS.join(', ')}; for one part, or for all`)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Parts: daemon, libp2p, models, peers, requests. It holds until the daemon ends;
serve --log-level is what it starts with. Lines of debug are shown by
p2pai logs --level debug.

Examples:
  $ p2pai logs level
  $ p2pai logs level debug libp2p=info`
    )
    .action(words => run(async context => (await import('../commands/logs-level.ts')).logLevel(words, context)))
  return logs
}
