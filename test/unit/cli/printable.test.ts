import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PrintableStream, printableJson, printableLine } from '../../../src/cli/output/printable.ts'

/** What a stranger might send, and what may be left of it. */
const ATTACKS: [id: string, text: string, left: string][] = [
  ['CSI colour', 'a\u001b[31mb\u001b[0mc', 'abc'],
  ['CSI cursor and erase', 'a\u001b[2J\u001b[1;1Hb', 'ab'],
  ['OSC 52 clipboard, BEL', 'a\u001b]52;c;ZXZpbA==\u0007b', 'ab'],
  ['OSC 52 clipboard, ST', 'a\u001b]52;c;ZXZpbA==\u001b\\b', 'ab'],
  ['OSC 8 link', '\u001b]8;;http://evil\u001b\\text\u001b]8;;\u001b\\', 'text'],
  ['OSC title in C1', 'a\u009d0;title\u009cb', 'ab'],
  ['CSI in C1', 'a\u009b31mb', 'ab'],
  ['DCS', 'a\u001bP1$r0m\u001b\\b', 'ab'],
  ['APC', 'a\u001b_Gi=1;AAAA\u001b\\b', 'ab'],
  ['escape in a string', 'a\u001b]0;x\u001b[31my', 'ay'],
  ['charset and keypad', 'a\u001b(0b\u001b=c', 'abc'],
  ['bell, backspace, carriage return, delete', 'a\u0007\b\rb\u007f', 'ab'],
  ['C1 next line', 'a\u0085b', 'ab'],
  ['bidi override and isolates', 'a\u202eb\u2066c\u2069\u200f\u061cd', 'abcd'],
  ['newline and tab stay', 'a\n\tb', 'a\n\tb'],
  ['letters of the world stay', 'äß 漢字 😀 e\u0301', 'äß 漢字 😀 e\u0301']
]

test.each(ATTACKS)('case 56: %s', (_, text, left) => {
  expect(new PrintableStream().push(text)).toBe(left)
})

test.each(ATTACKS)('case 56: %s, however it is cut into frames', (_, text, left) => {
  for (let cut = 0; cut <= text.length; cut++) {
    if (/[\ud800-\udbff]$/.test(text.slice(0, cut))) continue
    const stream = new PrintableStream()
    expect(stream.push(text.slice(0, cut)) + stream.push(text.slice(cut))).toBe(left)
  }
})

test('case 56: whatever comes, no escape and no control is left', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('\u001b', '[', ']', '\u009b', '\u009d', '\u0007', '\\', 'm', '\u202e')
  )
  fc.assert(
    fc.property(fc.array(piece), pieces => {
      const stream = new PrintableStream()
      const left = pieces.map(text => stream.push(text)).join('')
      expect(left).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    })
  )
})

test('case 56: a sequence that never ends does not swallow the answer', () => {
  const stream = new PrintableStream()
  stream.push(`\u001b]0;${'x'.repeat(5000)}`)
  expect(stream.push('the answer')).toBe('the answer')
})

test('case 56: a name is one line', () => {
  expect(printableLine(' evil\u001b[2K\r\npeer\t\u202e ')).toBe('evil peer')
})

test('case 56: JSON shows no control, and reads back the same', () => {
  const value = { text: 'a\u001b[31m\u009b\u202e\u007f\n\u2028é' }
  const text = printableJson(value)
  expect(text).toMatch(/^[ -~é\u2028]*$/)
  expect(JSON.parse(text)).toEqual(value)
})
