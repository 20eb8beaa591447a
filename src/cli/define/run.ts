import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'
import { list, number } from './parsers.ts'

/** No answer takes longer: the bound of the wire, 15 minutes. */
const MAX_TIMEOUT_SECONDS = 900

/** `p2pai run`. */
export function runCommand(run: RunCommand) {
  return new Command('run')
    .description('answer a prompt with a model on this machine, got first if need be')
    .argument('<model>', 'as for models pull')
    .argument('[prompt...]', 'the prompt; - is standard input')
    .option('-s, --system <text>', 'system prompt')
    .option('-f, --file <file>', 'put a file before the prompt; repeatable', list)
    .option('--max-tokens <n>', 'most tokens of the answer', number(1, Number.MAX_SAFE_INTEGER, true))
    .option('--temperature <t>', '0 is the most likely answer', number(0, 2))
    .option('--seed <n>', 'same seed, same answer', number(0, 0xffffffff, true))
    .option('--stop <text>', 'end the answer before this text; repeatable', list)
    .option('--schema <file>', 'JSON schema that the answer must follow')
    .option('--timeout <s>', 'most seconds for the answer', number(0.1, MAX_TIMEOUT_SECONDS))
    .option('--json', 'print one JSON document')
    .option('--stream', 'print events as lines of JSON')
    .addHelpText(
      'after',
      `
Nothing of the prompt leaves this machine. A model that the daemon shares is
not loaded a second time.

Example:
  $ p2pai run qwen3:0.6b "Why is the sky blue?"`
    )
    .action((model, words, flags) =>
      run(async context => (await import('../commands/run.ts')).runModel(model, words, flags, context))
    )
}
