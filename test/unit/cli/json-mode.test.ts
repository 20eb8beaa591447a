import { expect, test } from 'vitest'
import { wantsJson } from '../../../src/cli/json-mode.ts'

test.each([
  { words: ['json', 'please'], json: false },
  { words: ['ask', 'json'], json: false },
  { words: ['serve', '--log-format'], json: false },
  { words: ['serve', '--log-format', 'pretty'], json: false },
  { words: ['ask', '--', '--json'], json: false },
  { words: ['serve', '--log-format', 'json'], json: true },
  { words: ['serve', '--log-format=json'], json: true },
  { words: ['ask', 'Hello', '--json'], json: true },
  { words: ['ask', '--stream', 'Hello'], json: true }
])('errors of $words are JSON: $json', ({ words, json }) => {
  expect(wantsJson(words)).toBe(json)
})
