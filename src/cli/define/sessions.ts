import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'

const JSON_FLAG = ['--json', 'print one JSON document'] as const

/** `p2pai sessions` and the commands below it. */
export function sessionsCommand(run: RunCommand) {
  const sessions = new Command('sessions').description('list, show and remove kept conversations').addHelpText(
    'after',
    `
ask and chat keep what was said in the home of this user, readable for nobody
else and sent to nobody but who answers. The 1,000 conversations used last are
kept, at most 64 MiB. To keep nothing: --no-save, or p2pai config set ask.save
false

Examples:
  $ p2pai sessions
  $ p2pai chat -c 261124-k7mq
  $ p2pai sessions rm --all`
  )
  sessions.addCommand(lsCommand(run), { isDefault: true })
  for (const command of [showCommand(run), rmCommand(run)]) sessions.addCommand(command)
  return sessions
}

function lsCommand(run: RunCommand) {
  return new Command('ls')
    .description('list the conversations, the last used first (the default)')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai sessions ls')
    .action(flags => run(async context => (await import('../commands/sessions.ts')).listSessions(flags, context)))
}

function showCommand(run: RunCommand) {
  return new Command('show')
    .description('print a conversation')
    .argument('<id>', 'its id or title, or last')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai sessions show last')
    .action((id, flags) =>
      run(async context => (await import('../commands/sessions.ts')).showSession(id, flags, context))
    )
}

function rmCommand(run: RunCommand) {
  return new Command('rm')
    .description('remove conversations; what they said is overwritten')
    .argument('[id...]', 'their ids')
    .option('--all', 'all of them, and the lines typed in chat')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExamples:\n  $ p2pai sessions rm 261124-k7mq\n  $ p2pai sessions rm --all')
    .action((ids, flags) =>
      run(async context => (await import('../commands/sessions.ts')).removeSessions(ids, flags, context))
    )
}
