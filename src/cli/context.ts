import type { Interrupt } from './interrupt.ts'
import type { Terminal } from './output/terminal.ts'

/** What every command is given besides its own flags. */
export interface CommandContext {
  terminal: Terminal
  interrupt: Interrupt
  /** Version of this program. */
  version: string
  /** Flags of the program: `--json` decides how errors are said. */
  json: boolean
}

/** Runs one command; loads its code only then. Returns the exit code. */
export type RunCommand = (command: (context: CommandContext) => Promise<number>) => Promise<void>
