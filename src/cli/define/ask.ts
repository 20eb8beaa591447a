import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'
import { list, number } from './parsers.ts'

/** No answer takes longer: the bound of the wire, 15 minutes. */
const MAX_TIMEOUT_SECONDS = 900

/** `p2pai ask`. */
export function askCommand(run: RunCommand) {
  return new Command('ask')
    .description('answer a prompt, here or on the network (the default command)')
    .argument('[prompt...]', 'the prompt; - is standard input')
    .option('-m, --model <name>', 'name, digest, or auto for any; a file with --local', 'auto')
    .option('-s, --system <text>', 'system prompt')
    .option('-f, --file <file>', 'put a file before the prompt; repeatable', list)
    .option('-i, --image <file>', 'ask about an image: PNG, JPEG, WebP or GIF; repeatable', list)
    .option('--max-tokens <n>', 'most tokens of the answer', number(1, Number.MAX_SAFE_INTEGER, true))
    .option('--temperature <t>', '0 is the most likely answer', number(0, 2))
    .option('--seed <n>', 'same seed, same answer', number(0, 0xffffffff, true))
    .option('--stop <text>', 'end the answer before this text; repeatable', list)
    .option('--schema <file>', 'JSON schema that the answer must follow')
    .option('--peer <id|addr>', 'ask this peer only')
    .option('--deny <peer>', 'never ask this peer; repeatable', list)
    .option('--local', 'never leave this machine')
    .option('--bootstrap <addr>', 'connect to this address first; repeatable', list)
    .option('--no-mdns', 'without a daemon: do not look on the local network')
    .option(
      '--timeout <s>',
      'most seconds for the whole answer, also for finding\na provider (default: 5 s to find one, no limit after)',
      number(0.1, MAX_TIMEOUT_SECONDS)
    )
    .option('--json', 'print one JSON document')
    .option('--stream', 'print events as lines of JSON')
    .addHelpText(
      'after',
      `
Standard input and files come before the prompt. The answer alone is on stdout.
The provider who answers reads the prompt.

Exit codes: 0 answered, 1 failed, 2 wrong usage, 4 no provider, 5 provider
lost, 6 refused, 75 busy, 124 too late, 130 interrupted.

Examples:
  $ p2pai ask "Why is the sky blue?"
  $ p2pai ask -f notes.txt "Summarize this." > summary.txt
  $ p2pai ask -i photo.jpg "What is on this photo?"
  $ git diff | p2pai ask -m smollm2 --temperature 0 "Write a commit message."`
    )
    .action((words, flags) => run(async context => (await import('../commands/ask.ts')).ask(words, flags, context)))
}
