import type { RunCommand } from './context.ts'
import { judge, report } from './failure.ts'
import { spellHelp } from './help-words.ts'
import { catchInterrupts } from './interrupt.ts'
import { wantsJson } from './json-mode.ts'
import { COLOUR_MODES, type ColourMode } from './output/colours.ts'
import { openTerminal } from './output/terminal.ts'
import { readingProgram } from './reading-program.ts'
import { checkBelow, checkTypo, namesOf } from './typo.ts'
import { programVersion } from './version.ts'

/** Runs the command line (without the names of node and script), and ends the process with its exit code. */
export async function main(words: string[]): Promise<void> {
  const version = programVersion()
  const json = wantsJson(words)
  const terminal = openTerminal(wantedColours(words))
  const interrupt = catchInterrupts()
  let exitCode = 0
  const run: RunCommand = async command => {
    exitCode = await command({ terminal, interrupt, version, json })
  }
  try {
    if (words.length === 0 && process.stdin.isTTY) words = ['help']
    const program = readingProgram(words, version, run) ?? (await import('./program.ts')).buildProgram(version, run)
    checkTypo(words, namesOf(program.commands))
    checkBelow(words, program.commands)
    await program.parseAsync(spellHelp(words, program), { from: 'user' })
  } catch (thrown) {
    const failure = judge(thrown, words)
    exitCode = interrupt.exitCode ?? failure.exitCode
    if (failure.error !== undefined && (json || interrupt.exitCode === undefined)) report(failure.error, json, terminal)
  }
  await terminal.flush()
  // Libraries keep timers for a second after they are closed; nobody should wait for those.
  process.exit(exitCode)
}

function wantedColours(words: string[]): ColourMode {
  const at = words.indexOf('--color')
  const wanted = at >= 0 ? words[at + 1] : words.find(word => word.startsWith('--color='))?.slice('--color='.length)
  return COLOUR_MODES.find(mode => mode === wanted) ?? 'auto'
}
