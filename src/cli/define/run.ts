import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'
import { answerFlags, promptFlags, spelled } from './answer-flags.ts'

/** `p2pai run`. */
export function runCommand(run: RunCommand) {
  const command = new Command('run')
    .description('answer or chat with a model on this machine, got first if need be')
    .argument('<model>', 'as for models pull')
    .argument('[prompt...]', 'the prompt; - is standard input')
  return answerFlags(promptFlags(command))
    .addHelpText(
      'after',
      `
Without a prompt, on a terminal, it opens a chat. Nothing of it leaves this
machine. A model that the daemon shares is not loaded a second time.

Examples:
  $ p2pai run qwen3:0.6b
  $ p2pai run qwen3:0.6b "Why is the sky blue?"`
    )
    .action((model, words, flags, command) =>
      run(async context =>
        (await import('../commands/run.ts')).runModel(model, words, { ...flags, ...spelled({}, command) }, context)
      )
    )
}
