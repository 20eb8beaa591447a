import { expect, test } from 'vitest'
import { checkTypo } from '../../../src/cli/typo.ts'

const COMMANDS = ['ask', 'serve', 'models', 'peers', 'status', 'ps', 'id', 'stop', 'demo']

test.each([
  { words: ['stat'], meant: 'status' },
  { words: ['Stat'], meant: 'status' },
  { words: ['sto'], meant: 'stop' },
  { words: ['mod', '--json'], meant: 'models' },
  { words: ['statsu'], meant: 'status' },
  { words: ['statsu', '--json'], meant: 'status' },
  { words: ['server'], meant: 'serve' }
])('$words is a mistyped $meant', ({ words, meant }) => {
  expect(() => checkTypo(words, COMMANDS)).toThrow(`did you mean ${meant}?`)
})

test.each([
  { id: 'a command', words: ['status'] },
  { id: 'a command with a flag', words: ['status', '--json'] },
  { id: 'a word near no command', words: ['Hello'] },
  { id: 'a short word', words: ['hi'] },
  { id: 'one letter', words: ['a'] },
  { id: 'the beginning of two commands', words: ['st'] },
  { id: 'a sentence', words: ['stat', 'please'] },
  { id: 'a quoted prompt', words: ['stop it'] },
  { id: 'a quoted prompt that is a slip away', words: ['st op'] },
  { id: 'nothing', words: [] }
])('$id is none', ({ words }) => {
  checkTypo(words, COMMANDS)
})
