import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { composePrompt, type PromptInput } from '../../../src/cli/ask/prompt.ts'
import { temporaryFolder } from '../home/fixtures.ts'

const nothing: PromptInput = { kind: 'none', stream: Readable.from([]) }

function input(kind: PromptInput['kind'], text: string): PromptInput {
  return { kind, stream: Readable.from([Buffer.from(text)]) }
}

function file(text: string | Uint8Array): string {
  const path = join(temporaryFolder(), 'notes.txt')
  writeFileSync(path, text)
  return path
}

test.each([
  { id: 'words', words: ['Why', 'is', 'it?'], from: nothing, prompt: 'Why is it?' },
  { id: 'a pipe', words: [], from: input('pipe', 'piped\n'), prompt: 'piped' },
  { id: 'a pipe and words', words: ['Sum', 'up'], from: input('pipe', 'piped\n\n'), prompt: 'piped\n\nSum up' },
  { id: 'a dash', words: ['-'], from: input('socket', 'piped'), prompt: 'piped' },
  { id: 'a dash on a terminal', words: ['-', 'x'], from: input('none', 'typed'), prompt: 'typed\n\nx' },
  { id: 'a socket that has something', words: ['x'], from: input('socket', 'sent'), prompt: 'sent\n\nx' }
])('the prompt of $id', async ({ words, from, prompt }) => {
  expect(await composePrompt(words, [], undefined, from)).toBe(prompt)
})

test('a file comes between standard input and words', async () => {
  const prompt = await composePrompt(['last'], [file('first\n')], undefined, input('pipe', 'zero'))
  expect(prompt).toBe('zero\n\nfirst\n\nlast')
})

test('several files are told apart by their names, without the folders they are in', async () => {
  const folder = temporaryFolder()
  const paths = ['a.txt', 'b.txt'].map(name => join(folder, name))
  for (const path of paths) writeFileSync(path, `in ${path.slice(-5, -4)}\r\n`)
  expect(await composePrompt(['last'], paths, undefined, nothing)).toBe(
    '=== a.txt ===\nin a\n\n=== b.txt ===\nin b\n\nlast'
  )
  const alike = [file('one'), file('two')]
  const prompt = await composePrompt([], alike, undefined, nothing)
  for (const path of alike) expect(prompt).toContain(`=== ${path} ===`)
})

test('a file called - is standard input, at its place', async () => {
  const prompt = await composePrompt(['last'], [file('first'), '-'], undefined, input('socket', 'typed\n'))
  expect(prompt).toBe('=== notes.txt ===\nfirst\n\n=== standard input ===\ntyped\n\nlast')
  expect(await composePrompt([], ['-'], undefined, input('none', 'alone'))).toBe('alone')
})

test.each([
  { id: 'one file', sizes: [(1 << 20) + 1] },
  { id: 'files together', sizes: [600_000, 600_000] }
])('$id that are too long are refused, and the bound is named', async ({ sizes }) => {
  const files = sizes.map(bytes => file('x'.repeat(bytes)))
  await expect(composePrompt(['last'], files, undefined, nothing)).rejects.toMatchObject({
    code: 'payload_too_large',
    message: expect.stringMatching(/notes.txt is too long: .* 1048576 bytes, all files together/)
  })
})

test('a file without an end is refused, not collected', async () => {
  await expect(composePrompt([], ['/dev/zero'], undefined, nothing)).rejects.toMatchObject({
    code: 'payload_too_large'
  })
})

test('a socket that nobody writes to or closes does not hold up a complete prompt', async () => {
  const silent: PromptInput = { kind: 'socket', stream: new PassThrough() }
  expect(await composePrompt(['Hello'], [], undefined, silent)).toBe('Hello')
})

test('a signal ends the wait for standard input', async () => {
  const abort = new AbortController()
  const waiting = composePrompt(['-'], [], abort.signal, { kind: 'pipe', stream: new PassThrough() })
  abort.abort()
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
})

test.each([
  { id: 'nothing at all', words: [], from: nothing },
  { id: 'empty words', words: [''], from: nothing },
  { id: 'blank input', words: [], from: input('pipe', ' \n\t\n') }
])('$id is an empty prompt', async ({ words, from }) => {
  await expect(composePrompt(words, [], undefined, from)).rejects.toMatchObject({
    code: 'invalid_request',
    exitCode: 2
  })
})

test.each([
  { id: 'a missing file', path: () => '/nowhere/notes.txt', problem: /no such file/ },
  { id: 'a folder', path: () => temporaryFolder(), problem: /folder/ },
  { id: 'a binary file', path: () => file(new Uint8Array([0x89, 0x50, 0xff])), problem: /not text/ },
  { id: 'a file with zeros', path: () => file('a\0b'), problem: /not text/ }
])('$id is said in one line', async ({ path, problem }) => {
  const error = await composePrompt([], [path()], undefined, nothing).catch(thrown => thrown)
  expect(error).toMatchObject({ code: 'invalid_request' })
  expect(error.message).toMatch(problem)
})

test('endless input is refused, not collected', async () => {
  const endless: PromptInput = {
    kind: 'pipe',
    stream: Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1 << 16, 'y')
      })()
    )
  }
  await expect(composePrompt(['-'], [], undefined, endless)).rejects.toMatchObject({ code: 'payload_too_large' })
})
