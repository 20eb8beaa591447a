import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'
import { answerFlags, networkFlags, spelled } from './answer-flags.ts'

/** `p2pai chat`. */
export function chatCommand(run: RunCommand) {
  const command = new Command('chat')
    .description('talk with a model, here or on the network')
    .option('-c, --continue [id]', 'go on with the last conversation, or with that one')
  return answerFlags(networkFlags(command))
    .addHelpText(
      'after',
      `
/help has the commands of a chat. Ctrl-C stops an answer and keeps what came of
it; again, or Ctrl-D, leaves. A message of several lines is between """ and """,
or has \\ at the end of each line. Without a terminal, standard input is one
prompt. Conversations are kept on this machine; see: p2pai help sessions

Examples:
  $ p2pai chat
  $ p2pai chat -c
  $ p2pai chat -m qwen3 -o temperature=0.2`
    )
    .action((flags, command) =>
      run(async context =>
        (await import('../commands/chat.ts')).chat({ ...flags, ...spelled(flags, command) }, context)
      )
    )
}
