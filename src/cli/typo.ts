import { InvalidRequestError } from '../index.ts'

/** Two letters swapped count as one slip. */
const MAX_SLIPS = 1
/** Shorter words are a slip away from everything. */
const MIN_SLIP_LENGTH = 4
/** One letter begins a command too easily. */
const MIN_PREFIX_LENGTH = 2

/**
 * Throws when the only word of a command line, flags aside, looks like a mistyped or shortened command: `p2pai statsu`
 * and `p2pai stat` should not ask a model. Several words, also in one quoted argument, are a prompt.
 */
export function checkTypo(words: string[], commands: string[]): void {
  const [word, ...rest] = words
  if (word === undefined || /\s/.test(word) || commands.includes(word)) return
  if (!rest.every(other => other.startsWith('-'))) return
  const meant = meantCommand(word.toLowerCase(), commands)
  if (meant === undefined) return
  throw new InvalidRequestError(`there is no command ${word}; did you mean ${meant}? To ask it: p2pai ask ${word}`, {
    details: { field: 'command' }
  })
}

function meantCommand(word: string, commands: string[]): string | undefined {
  const begun = word.length < MIN_PREFIX_LENGTH ? [] : commands.filter(command => command.startsWith(word))
  if (begun.length === 1) return begun[0]
  if (word.length < MIN_SLIP_LENGTH) return undefined
  return commands.find(command => slips(word, command) <= MAX_SLIPS)
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
