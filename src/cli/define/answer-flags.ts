import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { AskFlags } from '../ask/flags.ts'
import { LAST_SESSION } from '../conversation/begin.ts'
import { exclusive } from './exclusive.ts'
import { list, number } from './parsers.ts'

/** No answer takes longer: the bound of the wire, 15 minutes. */
const MAX_TIMEOUT_SECONDS = 900

// The types that commander would infer are too long to be written into declarations.
type AnswerFlags = Pick<
  AskFlags,
  'system' | 'option' | 'maxTokens' | 'temperature' | 'seed' | 'stop' | 'timeout' | 'render' | 'save'
>
type NetworkFlags = Pick<
  AskFlags,
  'model' | 'peer' | 'deny' | 'policy' | 'maxPrice' | 'budget' | 'local' | 'audit' | 'bootstrap' | 'mdns'
>
type PromptFlags = Pick<AskFlags, 'file' | 'image' | 'schema' | 'extract' | 'json' | 'stream' | 'usage'>
/** Flags of every command that answers: how the answer is to be made, and what becomes of it. */
export function answerFlags<Args extends unknown[], Options extends OptionValues, Global extends OptionValues>(
  command: Command<Args, Options, Global>
): Command<Args, Options & AnswerFlags, Global> {
  const all = command
    .option('-s, --system <text>', 'system prompt')
    .option('-o, --option <name=value>', 'how to answer, as in top_p=0.9; repeatable', list)
    .option('--max-tokens <n>', 'most tokens of the answer', number(1, Number.MAX_SAFE_INTEGER, true))
    .option('--temperature <t>', '0 is the most likely answer', number(0, 2))
    .option('--seed <n>', 'same seed, same answer', number(0, 0xffffffff, true))
    .option('--stop <text>', 'end the answer before this text; repeatable', list)
    .option(
      '--timeout <s>',
      'most seconds for the whole answer, also for finding\na provider (default: 5 s to find one, no limit after)',
      number(0.1, MAX_TIMEOUT_SECONDS)
    )
    .option('--render', 'show markdown as it is meant, when it is complete')
    .option('--no-save', 'do not keep the conversation on this machine')
  return all as unknown as Command<Args, Options & AnswerFlags, Global>
}

/** Flags of commands that ask the network: which model, and who may answer. */
export function networkFlags<Args extends unknown[], Options extends OptionValues, Global extends OptionValues>(
  command: Command<Args, Options, Global>
): Command<Args, Options & NetworkFlags, Global> {
  const all = command
    .option('-m, --model <name>', 'name, digest, or auto for any; a file with --local', 'auto')
    .option('--peer <id|addr>', 'ask this peer only')
    .option('--deny <peer>', 'never ask this peer; repeatable', list)
    .option('--policy <name>', 'choose by rec, fair, cheap, lru, nataris or random')
    .option('--max-price <n>', 'pay at most so many micro-credits for 1,000 tokens', number(0, 1e9, true))
    .option('--budget <n>', 'pay at most so many micro-credits a day (UTC)', number(0, 1e15, true))
    .option('--local', 'never leave this machine')
    .option('--audit', 'a second provider may read this, to check the answer')
    .option('--bootstrap <addr>', 'connect to this address first; repeatable', list)
    .option('--no-mdns', 'without a daemon: do not look on the local network')
  return all as unknown as Command<Args, Options & NetworkFlags, Global>
}

/** Flags of commands that answer one prompt. */
export function promptFlags<Args extends unknown[], Options extends OptionValues, Global extends OptionValues>(
  command: Command<Args, Options, Global>
): Command<Args, Options & PromptFlags, Global> {
  const all = command
    .option('-f, --file <file>', 'put a file before the prompt, - is standard input;\nrepeatable', list)
    .option('-i, --image <file>', 'ask about an image: PNG, JPEG, WebP or GIF; repeatable', list)
    .option('--schema <file>', 'JSON schema that the answer must follow')
    .addOption(
      new Option('-x, --extract', 'print the first block of code alone; 1 if there is none').conflicts([
        'render',
        'json',
        'stream'
      ])
    )
    .addOption(new Option('--json', 'print one JSON document').conflicts('render'))
    .addOption(new Option('--stream', 'print events as lines of JSON').conflicts('render'))
    .option('--no-stream', 'print the answer when it is complete')
    .option('-u, --usage', 'say on stderr how many tokens were read and made')
  exclusive(all, 'stream')
  return all as unknown as Command<Args, Options & PromptFlags, Global>
}

/** What the values of flags alone do not tell: which of them the command line has, and that `-c` alone is the last. */
export function spelled(
  flags: { continue?: string | true | undefined },
  command: { opts(): object; getOptionValueSource(name: string): string | undefined }
): { given: ReadonlySet<string>; continue: string | undefined } {
  const given = new Set(Object.keys(command.opts()).filter(name => command.getOptionValueSource(name) === 'cli'))
  return { given, continue: flags.continue === true ? LAST_SESSION : flags.continue }
}
