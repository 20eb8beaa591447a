import { Command, Option } from '@commander-js/extra-typings'
import { COLOUR_MODES } from './output/colours.ts'

const MAX_HELP_COLUMNS = 80

/** The program without its commands. */
export function emptyProgram(version: string) {
  return new Command('p2pai')
    .description('Peer-to-peer AI inference: serve a model on one machine, ask it from another.')
    .version(version, '-V, --version', 'print the version')
    .addOption(new Option('--color <when>', 'colour messages').choices(COLOUR_MODES).default('auto'))
    .addHelpText(
      'after',
      `
The folder of the key and the daemon's socket is P2PAI_HOME, if that is set.

Examples:
  $ p2pai serve                        share the built-in model
  $ p2pai "Why is the sky blue?"       ask whoever is there
  $ p2pai help ask                     every flag of ask`
    )
}

/** A command and all below it. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(child => everyCommand(child as Command))]
}

/** Errors are thrown, and said by the caller; help fits the terminal and never needs more than 80 columns. */
export function prepare(command: Command): void {
  const columns = process.stdout.columns ?? MAX_HELP_COLUMNS
  command
    .exitOverride()
    .helpOption('-h, --help', 'print this help')
    .configureOutput({
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(MAX_HELP_COLUMNS, Math.max(columns, 40))
    })
}
