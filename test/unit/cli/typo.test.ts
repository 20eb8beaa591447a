import { expect, test } from 'vitest'
import { buildProgram } from '../../../src/cli/program.ts'
import { checkBelow, checkTypo } from '../../../src/cli/typo.ts'

const COMMANDS = ['ask', 'serve', 'models', 'peers', 'pull', 'show', 'status', 'ps', 'id', 'stop', 'demo']

test.each([
  { words: ['stat'], meant: 'status' },
  { words: ['Stat'], meant: 'status' },
  { words: ['sto'], meant: 'stop' },
  { words: ['mod', '--json'], meant: 'models' },
  { words: ['statsu'], meant: 'status' },
  { words: ['statsu', '--json'], meant: 'status' },
  { words: ['server'], meant: 'serve' },
  { words: ['pul', 'qwen3:0.6b'], meant: 'pull' },
  { words: ['shwo', 'hf:a/b-GGUF', '--json'], meant: 'show' }
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
  { id: 'a sentence with a name in it', words: ['stat', 'please,', 'qwen3:4b'] },
  { id: 'a quoted prompt that begins as a verb of ollama', words: ['create a poem'] },
  { id: 'a quoted prompt', words: ['stop it'] },
  { id: 'a quoted prompt that is a slip away', words: ['st op'] },
  { id: 'nothing', words: [] }
])('$id is none', ({ words }) => {
  checkTypo(words, COMMANDS)
})

test.each([
  { words: ['create', 'mario', '-f', 'Modelfile'], says: /^there is no command create; .*ask\.system/ },
  { words: ['cp', 'a', 'b'], says: /^there is no command cp; .*name/ },
  { words: ['push', 'a/b'], says: /^there is no command push; .*p2pai serve --model/ },
  { words: ['launch', 'claude'], says: /^there is no command launch; .*p2pai status/ }
])('$words.0 of ollama is said to be none, and what there is instead', ({ words, says }) => {
  expect(() => checkTypo(words, COMMANDS)).toThrow(says)
  expect(() => checkTypo(words, COMMANDS)).toThrow(`To ask it: p2pai ask ${words[0]}`)
})

const { commands } = buildProgram('1.2.3', async () => undefined)

test.each([
  { words: ['models', 'pul'], says: 'there is no command models pul; did you mean p2pai models pull?' },
  { words: ['models', 'pul', 'qwen3:4b'], says: 'did you mean p2pai models pull?' },
  { words: ['config', 'st', 'a', 'b'], says: 'there is no command config st; all of them: p2pai config --help' },
  { words: ['peers', 'conect', '/ip4/1'], says: 'did you mean p2pai peers connect?' },
  { words: ['models', 'of', 'cars'], says: 'To ask a model: p2pai ask models of cars' }
])('$words names the command that is not below the first word', ({ words, says }) => {
  expect(() => checkBelow(words, commands)).toThrow(says)
})

test.each([
  [['models']],
  [['models', '--json']],
  [['models', 'list']],
  [['models', 'help', 'pull']],
  [['ledger', 'show']],
  [['chat', 'pul']],
  [['ask', 'pul']],
  [[]]
])('%j has nothing unknown below its first word', words => {
  checkBelow(words, commands)
})
