import type { Command } from '@commander-js/extra-typings'
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
import { emptyProgram, everyCommand, prepare } from './program-frame.ts'

/** The whole command line: names, flags and help. What a command does is loaded when it runs. */
export function buildProgram(version: string, run: RunCommand): Command {
  const program = emptyProgram(version)
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
  for (const command of everyCommand(program as unknown as Command)) {
    prepare(command)
    takeContinue(command)
  }
  const whole = program as unknown as Command
  whole.hook('preAction', async (_program, command) => await applySettings(whole, command as Command))
  return whole
}

/** Elsewhere `-c` is something else, such as the count of `ping`. */
function takeContinue(command: Command): void {
  if (!command.options.some(({ long }) => long === '--continue')) return
  // Where there is no prompt, the next word can only be an id or a title.
  if (command.registeredArguments.length === 0) return
  const parseOptions = command.parseOptions.bind(command)
  command.parseOptions = words => parseOptions(spellContinue(words))
}
