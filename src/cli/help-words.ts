import type { Command } from '@commander-js/extra-typings'
import { InvalidRequestError } from '../index.ts'
import { meantCommand, namesOf } from './typo.ts'

/**
 * `help models pull` and `models help pull` as `models pull --help`, which the parser knows; other words as they are.
 * Throws `InvalidRequestError` for a command that is not there.
 */
export function spellHelp(words: string[], program: Command): string[] {
  const [first = '', second, ...rest] = words
  if (first === 'help' && second !== undefined) return helpOf([second, ...rest], program)
  const isGroup = program.commands.some(command => namesOf([command]).includes(first) && command.commands.length > 0)
  return isGroup && second === 'help' && rest.length > 0 ? helpOf([first, ...rest], program) : words
}

function helpOf(words: string[], program: Command): string[] {
  const path: string[] = []
  let command = program
  for (const word of words.filter(name => !name.startsWith('-'))) {
    const next = command.commands.find(child => namesOf([child]).includes(word))
    if (next === undefined) throw noCommand([...path, word], command, words)
    command = next as Command
    path.push(word)
  }
  return [...path, '--help', ...words.filter(word => word.startsWith('-'))]
}

function noCommand(path: string[], above: Command, words: string[]): InvalidRequestError {
  const group = path.slice(0, -1)
  const meant = meantCommand(path.at(-1) ?? '', namesOf(above.commands))
  const all = ['p2pai', ...group, '--help'].join(' ')
  const hint = meant === undefined ? `all of them: ${all}` : `did you mean p2pai help ${[...group, meant].join(' ')}?`
  const prompt = words.length > 1 && group.length === 0 ? `; to ask a model: p2pai ask help ${words.join(' ')}` : ''
  return new InvalidRequestError(`there is no command ${path.join(' ')}; ${hint}${prompt}`, {
    details: { field: 'command' }
  })
}
