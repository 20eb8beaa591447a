import type { Command } from '@commander-js/extra-typings'
import type { RunCommand } from './context.ts'
import * as reading from './define/reading.ts'
import { emptyProgram, everyCommand, prepare } from './program-frame.ts'

type Define = (run: RunCommand) => unknown

const COMMANDS = new Map<string, Define>([
  ['peers', reading.peersCommand],
  ['status', reading.statusCommand],
  ['ps', reading.psCommand],
  ['id', reading.idCommand],
  ['stop', reading.stopCommand]
])

/**
 * The program with one command, for a command line that begins with one that only reads and has no settings: whoever
 * looks at `p2pai status` shall not wait until all others are loaded. Undefined for every other command line.
 */
export function readingProgram(words: readonly string[], version: string, run: RunCommand): Command | undefined {
  const define = COMMANDS.get(words[0] ?? '')
  if (define === undefined) return undefined
  const program = emptyProgram(version) as unknown as Command
  program.addCommand(define(run) as Command)
  for (const command of everyCommand(program)) prepare(command)
  return program
}
