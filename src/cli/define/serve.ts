import { Command, Option } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'
import { LOG_LEVELS } from '../logs/levels.ts'
import { exclusive } from './exclusive.ts'
import { commaList, gpu, keepAlive, list, number } from './parsers.ts'

/** `p2pai serve`. */
export function serveCommand(run: RunCommand) {
  const command = new Command('serve')
    .description('run the daemon: share models, and answer for this machine')
    .option('--model <file|name>', 'GGUF file, or a name that p2pai knows; repeatable', list)
    .option('--no-model', 'share nothing: only ask, and help the network')
    .option('--keep-alive <time>', 'unload a model that is idle for so long: 10m, 300, 0, -1 (default: 10m)', keepAlive)
    .option('--listen <addr>', 'multiaddr to listen on; repeatable', list)
    .option('--bootstrap <addr>', 'connect to this address first; repeatable', list)
    .option('--no-mdns', 'do not look for peers on the local network')
    .option('--name <text>', 'name of this node that other users see')
    .option('--context <tokens>', 'tokens of prompt and answer per request', number(256, 1 << 20, true))
    .option('--slots <n>', 'requests answered at the same time', number(1, 64, true))
    .option('--gpu <auto|off|n>', 'use the GPU, or for that many layers', gpu)
    .option('--threads <n>', 'threads of the processor to use', number(1, 1024, true))
    .option('--upstream <url>', "share a server that speaks OpenAI's API: vLLM, SGLang, llama-server, ollama")
    .option('--upstream-key-file <file>', 'send the key in its first line to that server')
    .option(
      '--upstream-slots <n>',
      'requests given to that server at once (default: what it says, or 8)',
      number(1, 1024, true)
    )
    .option('--upstream-feature <name>', 'its models have images, thoughts, embeddings or rerank; repeatable', list)
    .option('--api <addr:port|off>', 'where the HTTP gateway listens (default: 127.0.0.1:11435, or the next free port)')
    .option('--api-key-file <file>', 'HTTP clients must send the key in its first line')
    .option('--insecure', 'let other machines use the HTTP gateway without a key')
    .option('--cors <origin>', 'let web pages of this origin call the HTTP gateway; repeatable', list)
    .option('--allow <peer>', 'answer this peer and no others; repeatable', list)
    .option('--only <peers>', 'the same as a list with commas, in place of serve.allow', commaList)
    .option('--deny <peer>', 'never answer this peer; stronger than --allow; repeatable', list)
    .option('--when <hours>', 'answer others only in these hours, such as 22:00-07:00')
    .option('--max-load <share>', 'work for others at most this share of the time', number(0.01, 1))
    .option('--min-battery <percent>', 'on battery, answer others only above this (default: 20)', number(0, 100))
    .option('--only-when-idle', 'answer others only while nobody uses keyboard or mouse')
    .option('--not-metered', 'answer nobody over a line that costs money by volume')
    .option('--price <n>', 'micro-credits to ask for 1,000 tokens (default: 0)', number(0, 1e9, true))
    .option('--max-price <n>', 'pay others at most so many micro-credits for 1,000 tokens', number(0, 1e9, true))
    .option('--budget <n>', 'pay others at most so many micro-credits a day (UTC)', number(0, 1e15, true))
    .option('--audits <mode>', 'how answers of others are checked: off, canary or consented')
    .option('--policy <name>', 'how to choose who answers: rec, fair, cheap, lru, nataris or random')
    .option('--deny-provider <peer>', 'never ask this peer; repeatable', list)
    .addOption(
      new Option('--log-format <format>', 'json: lines of JSON on stdout').choices(['pretty', 'json']).default('pretty')
    )
    .addOption(
      new Option('--log-level <level>', 'leave out what matters less, also in the log file')
        .choices(LOG_LEVELS)
        .default('info' as const)
    )
    .option('--yes', 'get the recommended model if none is installed, unasked')
    .option('--no-input', 'never ask on the terminal')
    .option('--detach', 'go on in the background: return when the daemon is up')
    .addHelpText(
      'after',
      `
With --model it shares these models and no others; all of them are loaded, as
far as they fit. Without, it shares all that are installed: the best one is
loaded, the others with the first request for them. Idle models are unloaded,
also when another one needs the memory. If none is installed it offers to get
one, or shares the small model that comes with p2pai. Who serves a model reads
the prompts that it answers; p2pai writes none of them down.

With --upstream, --model chooses among that server's models by name; without
--model it shares all of them.

Peers are named by their id, or an address that ends in it. Others are told that
they are refused, and ask elsewhere.

Ctrl-C or SIGTERM lets running answers finish for up to 10 s, then exits 0. A
second one ends it at once.

Examples:
  $ p2pai serve
  $ p2pai serve --detach
  $ p2pai serve --model ./smollm2.gguf --name attic
  $ p2pai serve --upstream http://127.0.0.1:8000
  $ p2pai serve --api 192.0.2.7:11435 --api-key-file ./key
  $ p2pai serve --no-model --bootstrap /dns4/example.org/tcp/11436/p2p/12D3KooW…`
    )
    .action(({ detach, ...flags }) =>
      run(async context => {
        if (!detach) return (await import('../commands/serve.ts')).serve(flags, context)
        return (await import('../commands/serve-detached.ts')).serveDetached(flags, context)
      })
    )
  return exclusive(command, 'model')
}
