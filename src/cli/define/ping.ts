import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'
import { list, number } from './parsers.ts'

const MAX_COUNT = 100_000
const MAX_INTERVAL_SECONDS = 3600

/** `p2pai ping`. */
export function pingCommand(run: RunCommand) {
  return new Command('ping')
    .description('measure the way to a peer: round trips, direct or over a relay')
    .argument('<peer>', 'id, address that ends in it, or name of the peer')
    .option('-c, --count <n>', 'so many round trips', number(1, MAX_COUNT, true), 4)
    .option('--interval <s>', 'seconds between them', number(0, MAX_INTERVAL_SECONDS), 1)
    .option('--bootstrap <addr>', 'without a daemon: connect to this first; repeatable', list)
    .option('--no-mdns', 'without a daemon: do not look on the local network')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Exits with 0 when a reply came, with 4 for a peer that nobody knows, with 5 for
one that does not answer.

Examples:
  $ p2pai ping attic
  $ p2pai ping -c 1 /ip4/192.0.2.7/tcp/11436/p2p/12D3KooW…`
    )
    .action((peer, flags) => run(async context => (await import('../commands/ping.ts')).ping(peer, flags, context)))
}
