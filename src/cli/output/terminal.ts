import type { Writable } from 'node:stream'
import { type ColourMode, type Paint, paintFor } from './colours.ts'
import { printableJson } from './printable.ts'

/** The reader of our output is gone (`p2pai ask … | head -1`). Nothing went wrong: the command ends with 0. */
export class ReaderGoneError extends Error {
  override readonly name = 'ReaderGoneError'
}

type Stream = Writable & { isTTY?: boolean; columns?: number }

/** Both outputs of a command: the answer on stdout, everything else on stderr. */
export interface Terminal {
  /** Whether somebody looks at stdout, so that strangers' text must be made harmless. */
  readonly watched: boolean
  /** Whether somebody looks at stderr, and would wonder at a silence. */
  readonly notesWatched: boolean
  /** Colours for stderr. */
  readonly paint: Paint
  /** Colours for stdout. */
  readonly paintAnswer: Paint
  /** Width of stdout; 0 where it has none. */
  readonly columns: number
  /** Writes a part of the answer, and returns when there is room for more. Throws `ReaderGoneError`. */
  write(text: string): Promise<void>
  /** Writes one JSON document as a line of stdout. */
  writeJson(value: unknown): Promise<void>
  /** Writes a line to stderr. */
  note(line: string): void
  /** Writes to stderr without ending the line. */
  noteText(text: string): void
  /** Returns when everything written so far has left the process, or its reader has. */
  flush(): Promise<void>
}

/** The terminal over the process's own streams, or over those of a test. */
export function openTerminal(
  mode: ColourMode,
  stdout: Stream = process.stdout,
  stderr: Stream = process.stderr
): Terminal {
  // A reader that left is seen by the callback of `write`; without a listener the event would end the process.
  ignoreErrors(stdout)
  ignoreErrors(stderr)
  const write = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      stdout.write(text, error => {
        if (error) reject(isGone(error) ? new ReaderGoneError('the reader is gone', { cause: error }) : error)
        else resolve()
      })
    })
  return {
    watched: stdout.isTTY === true,
    notesWatched: stderr.isTTY === true,
    paint: paintFor(stderr, mode),
    paintAnswer: paintFor(stdout, mode),
    get columns() {
      return stdout.columns ?? 0
    },
    write,
    writeJson: value => write(`${printableJson(value)}\n`),
    note: line => void stderr.write(`${line}\n`),
    noteText: text => void stderr.write(text),
    async flush() {
      for (const stream of [stdout, stderr]) {
        if (stream.writableLength > 0) await new Promise<void>(resolve => stream.write('', () => resolve()))
      }
    }
  }
}

function isGone(error: NodeJS.ErrnoException): boolean {
  return ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'EBADF'].includes(error.code ?? '')
}

function ignoreErrors(stream: Stream): void {
  if (stream.listenerCount('error') === 0) stream.on('error', () => undefined)
}
