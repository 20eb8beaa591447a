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

/** Judges whatever a command threw. `words` are those of the command line. */
export function judge(thrown: unknown, words: readonly string[] = []): Failure {
  if (thrown instanceof ReaderGoneError) return { exitCode: 0 }
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return { exitCode: 0 }
    const said = thrown.message.replace(/^error: /, '')
    const message = thrown.code === 'commander.excessArguments' ? `${said}${asPrompt(words)}` : said
    return { exitCode: USAGE_EXIT_CODE, error: new InvalidRequestError(message, { cause: thrown }) }
  }
  const error = toP2paiError(thrown)
  return { exitCode: error.exitCode, error }
}

/** Many commands are words that a question may begin with: `p2pai show me the way` is one. */
function asPrompt(words: readonly string[]): string {
  const prompt = words.join(' ')
  return /^[\w ,.?!-]{1,80}$/.test(prompt) ? ` To ask a model: p2pai ask "${prompt}"` : ''
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
