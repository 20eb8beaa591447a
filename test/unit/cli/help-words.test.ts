import { expect, test } from 'vitest'
import { spellHelp } from '../../../src/cli/help-words.ts'
import { buildProgram } from '../../../src/cli/program.ts'

const program = buildProgram('1.2.3', async () => undefined)

test.each([
  { words: ['help'], spelled: ['help'] },
  { words: ['help', 'ask'], spelled: ['ask', '--help'] },
  { words: ['help', 'pull'], spelled: ['pull', '--help'] },
  { words: ['help', 'list'], spelled: ['list', '--help'] },
  { words: ['help', 'models', 'pull'], spelled: ['models', 'pull', '--help'] },
  { words: ['models', 'help', 'pull'], spelled: ['models', 'pull', '--help'] },
  { words: ['models', 'help'], spelled: ['models', 'help'] },
  { words: ['ask', 'help', 'me'], spelled: ['ask', 'help', 'me'] },
  { words: ['Help me'], spelled: ['Help me'] }
])('$words is read as $spelled', ({ words, spelled }) => {
  expect(spellHelp(words, program)).toEqual(spelled)
})

test.each([
  { words: ['help', 'nosuch'], says: 'there is no command nosuch; all of them: p2pai --help' },
  { words: ['models', 'help', 'nosuch'], says: 'there is no command models nosuch; all of them: p2pai models --help' },
  { words: ['help', 'models', 'pul'], says: 'there is no command models pul; did you mean p2pai help models pull?' },
  { words: ['help', 'me', 'write'], says: /; to ask a model: p2pai ask help me write$/ }
])('$words names what is not there', ({ words, says }) => {
  expect(() => spellHelp(words, program)).toThrow(says)
})
