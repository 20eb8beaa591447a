import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { paintFor } from '../../../src/cli/output/colours.ts'
import { firstCode, renderMarkdown } from '../../../src/cli/output/markdown/index.ts'
import { stylesOnly } from '../../../src/cli/output/markdown/styles-only.ts'

const COLOURED = { columns: 60, paintAnswer: paintFor({ isTTY: true }, 'always') }
const PLAIN = { columns: 60, paintAnswer: paintFor({}, 'never') }
/** All that a terminal may be told: colours and weights. */
const STYLES = /\u001b\[[0-9;]*m/g

const TEXT = '# Title\n\n- **bold** and `code`\n- [here](https://example.org/a)\n\n```js\nlet a = 1\n```\n'

test('markdown is shown as it is meant', async () => {
  const shown = await renderMarkdown(TEXT, COLOURED)
  expect(shown).toMatch(STYLES)
  const text = stripVTControlCharacters(shown)
  expect(text).toContain('bold and code')
  expect(text).toContain('here (https://example.org/a)')
  expect(text).toContain('let a = 1')
  expect(text).not.toMatch(/\*\*|```/)
  expect(await renderMarkdown(TEXT, PLAIN)).toBe(text)
})

const ESC = '\u001b'
test.each([
  { id: 'ESC in a link', text: `[a${ESC}[2J](https://e.org/${ESC}]8;;x)` },
  { id: 'a hyperlink sequence', text: `${ESC}]8;;https://evil.example${ESC}\\\\good.example${ESC}]8;;${ESC}\\\\` },
  { id: 'a link', text: '[good.example](https://evil.example)' },
  { id: 'ESC as an entity', text: '&#27;[2J &#x1b;]52;c;x&#7; `&#27;[2J` [x](https://e.org/&#27;[2J)' },
  { id: 'ESC in code', text: `\`\`\`sh\n${ESC}[2J\u009b2Jls\n\`\`\`` },
  { id: 'HTML', text: `<b onclick="x">bold</b><script>${ESC}c</script>\n\n<!-- \u0007 -->` },
  { id: 'a table', text: `|a${ESC}[2J|\u202eb|\n|-|-|\n|\u009b2J|2|` },
  { id: 'bidirectional controls', text: '\u202etxt.exe\u2066 **\u200fx**' },
  { id: 'carriage returns', text: 'good\rbad  \nnext' }
])('cases 55 and 56: $id in markdown tells a terminal nothing but colours', async ({ text }) => {
  const shown = (await renderMarkdown(text, COLOURED)).replace(STYLES, '')
  expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/)
  expect(shown.length).toBeGreaterThan(0)
})

test('a link says where it leads', async () => {
  expect(await renderMarkdown('[good.example](https://evil.example)', PLAIN)).toBe(
    'good.example (https://evil.example)'
  )
})

const LISTS = Array.from({ length: 800 }, (_, depth) => `${' '.repeat(depth * 2)}- x`).join('\n')
test.each([
  { id: 'a thousand nested lists', text: LISTS },
  { id: 'nested quotations', text: `${'>'.repeat(5000)}x` },
  { id: 'brackets', text: '['.repeat(50_000) },
  { id: 'a table of thousands of columns', text: `${'|a'.repeat(2000)}|\n${'|-'.repeat(2000)}|\n${'|b'.repeat(2000)}|` }
])('$id neither hang nor end the program, and lose no letter', async ({ text }) => {
  const shown = await renderMarkdown(text, PLAIN)
  const letters = (of: string): number => of.replace(/[^a-z]/g, '').length
  expect(letters(shown)).toBe(letters(text))
})

test('a terminal of one column gets words', async () => {
  expect(await renderMarkdown('one two three', { ...PLAIN, columns: 1 })).toBe('one two three')
})

test('only styles stay of what a terminal obeys', () => {
  expect(stylesOnly(`a${ESC}[1;31mb${ESC}[0m${ESC}[2J${ESC}]0;x\u0007${ESC}[${'1;'.repeat(99)}mc`)).toBe(
    `a${ESC}[1;31mb${ESC}[0mc`
  )
})

test.each([
  { id: 'the first of two', text: 'a\n```sh\nls\n```\n```\nrm\n```\n', code: { text: 'ls', closed: true } },
  {
    id: 'one in a list',
    text: '1. do\n\n   ```js\n   a()\n\n   b()\n   ```\n',
    code: { text: 'a()\n\nb()', closed: true }
  },
  {
    id: 'one of tildes with fences in it',
    text: '~~~md\n```\nx\n```\n~~~',
    code: { text: '```\nx\n```', closed: true }
  },
  { id: 'one without an end', text: '```js\nlet a =', code: { text: 'let a =', closed: false } },
  { id: 'none', text: 'only `words`\n\n    indented', code: null },
  {
    id: 'one after nested quotations',
    text: `${'>'.repeat(5000)}\n\n\`\`\`\nx\n\`\`\``,
    code: { text: 'x', closed: true }
  }
])('the first block of code: $id', async ({ text, code }) => {
  expect(await firstCode(text)).toEqual(code)
})
