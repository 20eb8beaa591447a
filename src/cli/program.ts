import { Command, Option } from '@commander-js/extra-typings'
import { applySettings } from './config/apply.ts'
import type { RunCommand } from './context.ts'
import { spellContinue } from './conversation/begin.ts'
import { askCommand } from './define/ask.ts'
import { chatCommand } from './define/chat.ts'
import { completeCommand } from './define/complete.ts'
import { configCommand } from './define/config.ts'
import { doctorCommand } from './define/doctor.ts'
import { ledgerCommand } from './define/ledger.ts'
import { logsCommand } from './define/logs.ts'
import { modelsCommand, modelVerbs } from './define/models.ts'
import { pingCommand } from './define/ping.ts'
import * as reading from './define/reading.ts'
import { runCommand } from './define/run.ts'
import { serveCommand } from './define/serve.ts'
import { serviceCommand } from './define/service.ts'
import { sessionsCommand } from './define/sessions.ts'
import { COLOUR_MODES } from './output/colours.ts'

const MAX_HELP_COLUMNS = 80

/** The whole command line: names, flags and help. What a command does is loaded when it runs. */
export function buildProgram(version: string, run: RunCommand): Command {
  const program = new Command('p2pai')
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
  const commands = [
    serveCommand(run),
    chatCommand(run),
    runCommand(run),
    modelsCommand(run),
    ...modelVerbs(run),
    sessionsCommand(run),
    ledgerCommand(run),
    configCommand(run, () => program as unknown as Command),
    reading.peersCommand(run),
    reading.statusCommand(run),
    reading.psCommand(run),
    reading.idCommand(run),
    serviceCommand(run),
    pingCommand(run),
    doctorCommand(run, () => program as unknown as Command),
    logsCommand(run),
    reading.stopCommand(run),
    reading.versionCommand(run),
    completeCommand(run, () => program as unknown as Command),
    reading.demoCommand(run)
  ]
  program.addCommand(askCommand(run), { isDefault: true })
  for (const command of commands) program.addCommand(command)
  for (const command of everyCommand(program as unknown as Command)) prepare(command)
  const whole = program as unknown as Command
  whole.hook('preAction', async (_program, command) => await applySettings(whole, command as Command))
  return whole
}

/** A command and all below it. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(child => everyCommand(child as Command))]
}

/** Errors are thrown, and said by the caller; help fits the terminal and never needs more than 80 columns. */
function prepare(command: Command): void {
  const columns = process.stdout.columns ?? MAX_HELP_COLUMNS
  command
    .exitOverride()
    .helpOption('-h, --help', 'print this help')
    .configureOutput({
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(MAX_HELP_COLUMNS, Math.max(columns, 40))
    })
  // Elsewhere `-c` is something else, such as the count of `ping`.
  if (!command.options.some(({ long }) => long === '--continue')) return
  // Where there is no prompt, the next word can only be an id or a title.
  if (command.registeredArguments.length === 0) return
  const parseOptions = command.parseOptions.bind(command)
  command.parseOptions = words => parseOptions(spellContinue(words))
}
