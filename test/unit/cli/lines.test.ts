import { expect, test } from 'vitest'
import { LineAssembler } from '../../../src/cli/chat/lines.ts'

test.each([
  { id: 'one line', lines: ['hello'], message: 'hello' },
  { id: 'quotes', lines: ['"""a', '', 'b"""'], message: 'a\n\nb' },
  { id: 'quotes on lines of their own', lines: ['  """', 'a', '"""  '], message: '\na\n' },
  { id: 'quotes on one line', lines: ['"""a"""'], message: 'a' },
  { id: 'a lone quote', lines: ['"""'], message: undefined },
  { id: 'backslashes', lines: ['a\\', 'b\\', 'c'], message: 'a\nb\nc' },
  { id: 'a backslash that is meant', lines: ['a\\\\'], message: 'a\\\\' },
  { id: 'a backslash within quotes', lines: ['"""a\\', 'b"""'], message: 'a\\\nb' },
  { id: 'quotes in the middle', lines: ['say """a"""'], message: 'say """a"""' },
  { id: 'a pasted text', lines: ['a\nb'], message: 'a\nb' }
])('a message of $id', ({ lines, message }) => {
  const assembler = new LineAssembler()
  const messages = lines.map(line => assembler.push(line))
  expect(messages.at(-1)).toBe(message)
  expect(messages.slice(0, -1)).toEqual(lines.slice(1).map(() => undefined))
  expect(assembler.open).toBe(message === undefined)
})

test('what was begun can be forgotten', () => {
  const assembler = new LineAssembler()
  assembler.push('"""begun')
  assembler.clear()
  expect([assembler.open, assembler.push('new')]).toEqual([false, 'new'])
})
