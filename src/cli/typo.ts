import { InvalidRequestError } from '../index.ts'

/** Two letters swapped count as one slip. */
const MAX_SLIPS = 1
/** Shorter words are a slip away from everything. */
const MIN_SLIP_LENGTH = 4
/** One letter begins a command too easily. */
const MIN_PREFIX_LENGTH = 2

/** Commands of ollama that p2pai does not have, and what there is instead. */
const ELSEWHERE: Record<string, string> = {
  create: 'give a system prompt with -s, or once with: p2pai config set ask.system TEXT',
  cp: 'a model keeps the name that it was pulled under',
  push: 'share a model with: p2pai serve --model NAME',
  launch: "point the program at the address that p2pai status shows: it speaks OpenAI's, Anthropic's and ollama's API"
}

/**
 * Throws when a command line looks like a command and not like a prompt: a mistyped or shortened one (`p2pai statsu`,
 * `p2pai stat`, `p2pai pul qwen3:4b`), or one that only ollama has. Nobody wants those sent to a model on the network.
 */
export function checkTypo(words: string[], commands: string[]): void {
  const [word, ...rest] = words
  if (word === undefined || /\s/.test(word) || commands.includes(word)) return
  const instead = Object.hasOwn(ELSEWHERE, word) ? ELSEWHERE[word] : undefined
  if (instead !== undefined) throw noCommand(word, `there is no command ${word}; ${instead}`)
  if (!rest.every(other => other.startsWith('-') || isName(other))) return
  const meant = meantCommand(word.toLowerCase(), commands)
  if (meant !== undefined) throw noCommand(word, `there is no command ${word}; did you mean ${meant}?`)
}

/** Throws when the word behind a command that only has commands below it, such as `models`, is none of them. */
export function checkBelow([first = '', second, ...rest]: string[], commands: readonly NamedCommand[]): void {
  const group = commands.find(command => namesOf([command]).includes(first))
  if (group === undefined || group.commands.length === 0 || second === undefined || second.startsWith('-')) return
  const below = namesOf(group.commands)
  if (second === 'help' || below.includes(second)) return
  const meant = meantCommand(second.toLowerCase(), below)
  const hint = meant === undefined ? `all of them: p2pai ${first} --help` : `did you mean p2pai ${first} ${meant}?`
  const prompt = rest.length > 0 ? ` To ask a model: p2pai ask ${[first, second, ...rest].join(' ')}` : ''
  throw new InvalidRequestError(`there is no command ${first} ${second}; ${hint}${prompt}`, {
    details: { field: 'command' }
  })
}

/** A model's name or an address; sentences hardly have such a word. */
function isName(word: string): boolean {
  return /^[^\s:/]+[:/][^\s]/.test(word)
}

function noCommand(word: string, message: string): InvalidRequestError {
  const end = message.endsWith('?') ? '' : '.'
  return new InvalidRequestError(`${message}${end} To ask it: p2pai ask ${word}`, { details: { field: 'command' } })
}

/** What is to be known of a command here. */
export interface NamedCommand {
  name(): string
  aliases(): string[]
  commands: readonly NamedCommand[]
}

/** All names of these commands, short ones too. */
export function namesOf(commands: readonly NamedCommand[]): string[] {
  return commands.flatMap(command => [command.name(), ...command.aliases()])
}

/** The command that a mistyped or shortened word stands for; undefined when it is near none. */
export function meantCommand(word: string, commands: string[]): string | undefined {
  const begun = word.length < MIN_PREFIX_LENGTH ? [] : commands.filter(command => command.startsWith(word))
  if (begun.length === 1) return begun[0]
  if (word.length < MIN_SLIP_LENGTH) return undefined
  return commands.find(command => slips(word, command) <= MAX_SLIPS)
}

/** Edit distance in which a swap of neighbours is one step. */
export function slips(a: string, b: string): number {
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
