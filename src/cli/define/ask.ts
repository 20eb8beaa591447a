import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'
import { answerFlags, networkFlags, promptFlags, spelled } from './answer-flags.ts'

/** `p2pai ask`. */
export function askCommand(run: RunCommand) {
  const command = new Command('ask')
    .description('answer a prompt, here or on the network (the default command)')
    .argument('[prompt...]', 'the prompt; - is standard input')
    .option('-c, --continue [id]', 'go on with the last conversation, or with that one')
  return answerFlags(networkFlags(promptFlags(command)))
    .addHelpText(
      'after',
      `
Standard input and files come before the prompt. The answer alone is on stdout.
The provider who answers reads the prompt. Question and answer are kept on this
machine for -c, unless --no-save is given; see: p2pai help sessions

Exit codes: 0 answered, 1 failed, 2 wrong usage, 4 no provider, 5 provider
lost, 6 refused, 75 busy, 124 too late, 130 interrupted.

Examples:
  $ p2pai ask "Why is the sky blue?"
  $ p2pai ask -c "And at dusk?"
  $ p2pai ask -f notes.txt "Summarize this." > summary.txt
  $ p2pai ask -i photo.jpg "What is on this photo?"
  $ git diff | p2pai ask -m smollm2 --temperature 0 "Write a commit message."`
    )
    .action((words, flags, command) =>
      run(async context =>
        (await import('../commands/ask.ts')).ask(words, { ...flags, ...spelled(flags, command) }, context)
      )
    )
}
