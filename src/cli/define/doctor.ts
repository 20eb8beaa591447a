import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'

/** `p2pai doctor`. `program` gives the whole command line, whose settings are looked at too. */
export function doctorCommand(run: RunCommand, program: () => Command) {
  return new Command('doctor')
    .description('look at this machine, the home, the network and the engine')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Each line is ok, warn or fail, with what to do. Exits with 1 when one is fail.
Without a daemon it joins the network for a few seconds.

Example:
  $ p2pai doctor`
    )
    .action(flags => run(async context => (await import('../commands/doctor.ts')).doctor(flags, program(), context)))
}
