import { InvalidRequestError } from '../index.ts'

/** Two letters swapped count as one slip. */
const MAX_SLIPS = 1
/** Shorter words are near everything. */
const MIN_LENGTH = 4

/**
 * Throws when the only word of a command line looks like a mistyped command: `p2pai statsu` should not ask a model.
 */
export function checkTypo(words: string[], commands: string[]): void {
  const [word] = words
  if (words.length !== 1 || word === undefined || word.length < MIN_LENGTH) return
  const meant = commands.find(command => command !== word && slips(word.toLowerCase(), command) <= MAX_SLIPS)
  if (meant === undefined) return
  throw new InvalidRequestError(`there is no command ${word}; did you mean ${meant}? To ask it: p2pai ask ${word}`, {
    details: { field: 'command' }
  })
}

/** Edit distance in which a swap of neighbours is one step. */
function slips(a: string, b: string): number {
  const rows: number[][] = []
  for (let i = 0; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      if (i === 0) {
        row.push(j)
        continue
      }
      const above = rows[i - 1] as number[]
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same)
      if (i > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, rows[i - 2]![j - 2]! + 1)
      row.push(best)
    }
  }
  return rows[a.length]![b.length]!
}
