import { Writable } from 'node:stream'
import { openTerminal, type Terminal } from '../../../src/cli/output/terminal.ts'

/** A terminal that remembers what was written to it. */
export function testTerminal({ tty = false } = {}): {
  terminal: Terminal
  out(): string
  err(): string
  writes: string[]
} {
  const writes: string[] = []
  const errors: string[] = []
  const sink = (into: string[]) =>
    Object.assign(
      new Writable({
        decodeStrings: false,
        write(chunk, _encoding, done) {
          into.push(String(chunk))
          done()
        }
      }),
      { isTTY: tty }
    )
  const terminal = openTerminal('never', sink(writes), sink(errors))
  return { terminal, writes, out: () => writes.join(''), err: () => errors.join('') }
}
