import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A clock that was wrong by more than a year is no clock. */
const MAX_AHEAD_MS = 366 * 24 * 3_600_000

/** The last sequence number of this node's adverts. */
export interface SequenceStore {
  last(): number
  keep(sequence: number): void
}

/** Kept in a file of the state folder, so that the numbers go on after a restart even when the clock was set back. */
export function sequenceFile(stateDirectory: string, onError: (error: unknown) => void): SequenceStore {
  const file = join(stateDirectory, 'advert-sequence')
  let last = readNumber(file)
  return {
    last: () => last,
    keep(sequence) {
      last = sequence
      try {
        mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
        writeFileSync(`${file}.tmp`, `${sequence}\n`, { mode: 0o600 })
        renameSync(`${file}.tmp`, file)
      } catch (error) {
        onError(error)
      }
    }
  }
}

/** For a node without a home. The clock alone keeps its numbers growing. */
export function sequenceInMemory(): SequenceStore {
  let last = 0
  return {
    last: () => last,
    keep(sequence) {
      last = sequence
    }
  }
}

function readNumber(file: string): number {
  try {
    const number = Number(readFileSync(file, 'utf8'))
    // Numbers follow the clock. One that is far ahead of it is damage, and would soon leave no higher one.
    return Number.isSafeInteger(number) && number > 0 && number < Date.now() + MAX_AHEAD_MS ? number : 0
  } catch {
    // Missing at the first start. Damaged: the clock is higher than any number used before.
    return 0
  }
}
