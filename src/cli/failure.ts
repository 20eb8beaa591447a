import { CommanderError } from 'commander'
import { InvalidRequestError, type P2paiError, toP2paiError } from '../index.ts'
import { printableJson, printableLine } from './output/printable.ts'
import { ReaderGoneError, type Terminal } from './output/terminal.ts'

/** The exit code for wrong usage, as everywhere in shells. */
const USAGE_EXIT_CODE = 2

/** What a failed command leaves: its exit code, and what is to be said on stderr. */
export interface Failure {
  exitCode: number
  /** Absent when there is nothing to say, or when it was said. */
  error?: P2paiError
}

/** Judges whatever a command threw. */
export function judge(thrown: unknown): Failure {
  if (thrown instanceof ReaderGoneError) return { exitCode: 0 }
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return { exitCode: 0 }
    const message = thrown.message.replace(/^error: /, '')
    return { exitCode: USAGE_EXIT_CODE, error: new InvalidRequestError(message, { cause: thrown }) }
  }
  const error = toP2paiError(thrown)
  return { exitCode: error.exitCode, error }
}

/** Says an error in one line, or as JSON. `P2PAI_DEBUG` adds where it came from. */
export function report(error: P2paiError, json: boolean, terminal: Terminal): void {
  if (json) terminal.note(printableJson({ error: error.toJSON() }))
  else terminal.note(`${terminal.paint('red', 'p2pai:')} ${printableLine(error.message)}${didYouMean(error)}`)
  if (process.env.P2PAI_DEBUG) terminal.note(String(error.stack ?? error))
}

function didYouMean(error: P2paiError): string {
  const names = (error.details.suggestions ?? []).map(printableLine).filter(name => !error.message.includes(name))
  return names.length === 0 ? '' : ` (did you mean ${names.join(', ')}?)`
}
