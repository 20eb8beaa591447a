import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'

const JSON_FLAG = ['--json', 'print one JSON document'] as const

/** `p2pai peers`, `p2pai peers show` and `p2pai peers connect`. */
export function peersCommand(run: RunCommand) {
  const peers = new Command('peers')
    .description('list the peers that the daemon knows')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai peers')
    .action(flags => run(async context => (await import('../commands/peers.ts')).peers(flags, context)))
  peers
    .command('show')
    .description('say what is known of a peer, and why it ranks where it does')
    .argument('<peer>', 'its id, or the name that it gave itself')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
All of it is what this daemon saw itself since its start; nothing is proof.

Example:
  $ p2pai peers show attic`
    )
    .action((peer, flags) =>
      run(async context => (await import('../commands/peers-show.ts')).showPeer(peer, flags, context))
    )
  peers
    .command('connect')
    .description('connect the daemon to a peer')
    .argument('<address>', 'multiaddr that ends in /p2p/ and the peer id')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai peers connect /ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…')
    .action((address, flags) =>
      run(async context => (await import('../commands/peers.ts')).connectPeer(address, flags, context))
    )
  return peers
}

/** `p2pai status`. */
export function statusCommand(run: RunCommand) {
  return new Command('status')
    .description('show the daemon: addresses, connections, engines')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExits with 3 when no daemon is running.\n\nExample:\n  $ p2pai status --json')
    .action(flags => run(async context => (await import('../commands/status.ts')).status(flags, context)))
}

/** `p2pai ps`. */
export function psCommand(run: RunCommand) {
  return new Command('ps')
    .description('show what the engines of the daemon do')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai ps')
    .action(flags => run(async context => (await import('../commands/status.ts')).ps(flags, context)))
}

/** `p2pai id`. */
export function idCommand(run: RunCommand) {
  return new Command('id')
    .description('print the peer id of this home; makes its key when it has none')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai id')
    .action(flags => run(async context => (await import('../commands/id.ts')).id(flags, context)))
}

/** `p2pai stop`. */
export function stopCommand(run: RunCommand) {
  return new Command('stop')
    .description('stop the daemon, and wait until it is gone; or unload a model')
    .argument('[model]', 'only take this model out of memory; the daemon goes on')
    .addHelpText(
      'after',
      '\nRunning answers may finish for up to 10 s.\n\nExamples:\n  $ p2pai stop\n  $ p2pai stop qwen3:4b'
    )
    .action(model =>
      run(async context => {
        if (model === undefined) return (await import('../commands/stop.ts')).stop(context)
        return (await import('../commands/models-unload.ts')).unloadModel(model, {}, context)
      })
    )
}

/** `p2pai demo`. */
export function demoCommand(run: RunCommand) {
  return new Command('demo')
    .description('show a provider and an asker on this machine, then clean up')
    .argument('[prompt]', 'what to ask', 'Tell me a short story about a lighthouse.')
    .addHelpText('after', '\nUses the built-in model, temporary homes and loopback only.\n\nExample:\n  $ p2pai demo')
    .action(prompt => run(async context => (await import('../commands/demo.ts')).demo(prompt, context)))
}

/** `p2pai version`. */
export function versionCommand(run: RunCommand) {
  return new Command('version')
    .description('print the versions of p2pai and of what it stands on')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai version --json')
    .action(flags => run(async context => (await import('../commands/version.ts')).version(flags, context)))
}
