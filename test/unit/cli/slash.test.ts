import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OPTION_NAMES } from '../../../src/cli/ask/options.ts'
import { SLASH_COMMANDS } from '../../../src/cli/chat/slash.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/chat.md'), 'utf8')

test('the page of conversations has every command of a chat, as its help says it, and every option', () => {
  const documented = [...page.matchAll(/^\| `\/(\w+) ?(.*?)` \| (.*) \|$/gm)]
  expect(documented.map(([, name, takes, does]) => [name, takes!.replace('\\|', '|'), does])).toEqual(
    Object.entries(SLASH_COMMANDS).map(([name, { takes, does }]) => [name, takes, does])
  )
  const options = /What `\/set` and `-o` know: (.*)\./.exec(page)![1]!
  expect(options.split(', ').map(name => name.slice(1, -1))).toEqual(OPTION_NAMES)
})
