import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'

const load = () => import('../commands/service.ts')

/** `p2pai service` and the commands below it. */
export function serviceCommand(run: RunCommand) {
  const service = new Command('service').description('let this system start the daemon by itself').addHelpText(
    'after',
    `
A unit of systemd for this user, or an agent of launchd. It runs p2pai serve
without flags: it shares all models that are installed, or those that
serve.model names, which must be installed before.

Examples:
  $ p2pai pull qwen3:4b
  $ p2pai config set serve.model qwen3:4b
  $ p2pai service install`
  )
  service
    .command('install')
    .description('write the unit, and start it now and with every login')
    .option('--print', 'only print the unit')
    .addHelpText('after', '\nExample:\n  $ p2pai service install --print')
    .action(flags => run(async context => (await load()).installService(flags, context)))
  service
    .command('remove')
    .description('stop the service, and remove the unit')
    .addHelpText('after', '\nExample:\n  $ p2pai service remove')
    .action(() => run(async context => (await load()).removeService(context)))
  service
    .command('status')
    .description('show whether it is installed and runs')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExits with 3 when it does not run.\n\nExample:\n  $ p2pai service status')
    .action(flags => run(async context => (await load()).serviceStatus(flags, context)))
  return service
}
