import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { measured } from '../../../src/cli/ask/measure.ts'
import { printJson, printText, summary } from '../../../src/cli/ask/print-answer.ts'
import { printStream } from '../../../src/cli/ask/print-stream.ts'
import { openTerminal } from '../../../src/cli/output/terminal.ts'
import { BusyError, type EngineEvent } from '../../../src/interface/index.ts'
import { ACCEPTED, answer, delta, END } from '../gateway/fixtures.ts'
import { testTerminal } from './fixtures.ts'

test.each([
  { id: 'no newline', texts: ['Hello', ' world'], printed: 'Hello world\n' },
  { id: 'a newline', texts: ['Hello\n'], printed: 'Hello\n' },
  { id: 'newlines over deltas', texts: ['Hello\n', '\n', '\n'], printed: 'Hello\n' },
  { id: 'newlines inside', texts: ['a\n', '\nb', '\n'], printed: 'a\n\nb\n' },
  { id: 'nothing', texts: [], printed: '' }
])('an answer with $id at its end ends in exactly one newline', async ({ texts, printed }) => {
  const { terminal, out } = testTerminal()
  await printText(answer(...texts)(), () => 'local', terminal)
  expect(out()).toBe(printed)
})

test('tokens are written as they come', async () => {
  const { terminal, writes } = testTerminal()
  const seen: number[] = []
  async function* events(): AsyncGenerator<EngineEvent> {
    yield ACCEPTED
    yield delta('one')
    seen.push(writes.length)
    yield delta(' two')
    seen.push(writes.length)
    yield END
  }
  await printText(events(), () => 'local', terminal)
  expect(seen).toEqual([1, 2])
})

test('--no-stream writes nothing before the answer is complete, and then the same', async () => {
  const { terminal, writes, out } = testTerminal()
  async function* events(): AsyncGenerator<EngineEvent> {
    yield ACCEPTED
    yield delta('one')
    yield delta(' two\n\n')
    expect(writes).toEqual([])
    yield END
  }
  await printText(events(), () => 'local', terminal, 'whole')
  expect(out()).toBe('one two\n')
  const watched = testTerminal({ tty: true })
  await printText(answer('a\u001b]52;c;ZXZp\u0007b')(), () => 'local', watched.terminal, 'whole')
  expect(watched.out()).toBe('ab\n')
})

test('case 56: a terminal gets harmless text, a pipe all of it', async () => {
  const attack = ['a\u001b', ']52;c;ZX', 'Zp\u0007b']
  const watched = testTerminal({ tty: true })
  await printText(answer(...attack)(), () => 'local', watched.terminal)
  expect(watched.out()).toBe('ab\n')
  const piped = testTerminal()
  await printText(answer(...attack)(), () => 'local', piped.terminal)
  expect(piped.out()).toBe(`${attack.join('')}\n`)
})

test('an answer that is cut keeps its text on a line of its own, and fails', async () => {
  const { terminal, out } = testTerminal()
  async function* cut(): AsyncGenerator<EngineEvent> {
    yield ACCEPTED
    yield delta('Hel')
  }
  await expect(printText(cut(), () => 'local', terminal)).rejects.toMatchObject({ code: 'provider_lost' })
  expect(out()).toBe('Hel\n')
})

test('--json is one document', async () => {
  const { terminal, out } = testTerminal()
  await printJson(answer('Hello', ' world')(), () => 'local', terminal)
  expect(JSON.parse(out())).toEqual({
    version: 1,
    text: 'Hello world',
    finishReason: 'stop',
    model: { name: 'fake:1m', digest: 'f'.repeat(64) },
    provider: { peerId: 'peer-of-the-fake' },
    usage: { promptTokens: 3, cachedPromptTokens: 0, completionTokens: 2 },
    timings: {
      discoveryMs: expect.any(Number),
      firstTokenMs: expect.any(Number),
      totalMs: expect.any(Number),
      tokensPerSecond: expect.any(Number)
    },
    attempts: [{ peerId: 'peer-of-the-fake', outcome: 'ok' }]
  })
})

test('--stream is a line of JSON an event, and an error is the last', async () => {
  const { terminal, out } = testTerminal()
  async function* fails(): AsyncGenerator<EngineEvent> {
    yield ACCEPTED
    yield delta('Hel')
    throw new BusyError('full')
  }
  await expect(printStream(fails(), () => 'local', terminal)).rejects.toThrow('full')
  const lines = out()
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines.map(line => line.type)).toEqual(['accepted', 'delta', 'error'])
  expect(lines[2].error).toEqual({ code: 'busy', message: 'full', retryable: true })
})

test('case 57: a reader that left ends the answer without an error of its own', async () => {
  const gone = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(), { code: 'EPIPE' })) })
  let left = false
  async function* events(): AsyncGenerator<EngineEvent> {
    try {
      yield ACCEPTED
      for (;;) yield delta('x')
    } finally {
      left = true
    }
  }
  const printed = printText(events(), () => 'local', openTerminal('never', gone, gone))
  await expect(printed).rejects.toMatchObject({ name: 'ReaderGoneError' })
  expect(left).toBe(true)
})

test('the last line says who answered and how fast, without what a name smuggles in', async () => {
  const model = { name: 'ev\u001b[31mil:1m', digest: 'f'.repeat(64) }
  async function* events(): AsyncGenerator<EngineEvent> {
    yield { ...ACCEPTED, model } as EngineEvent
    yield { ...END, finishReason: 'length' } as EngineEvent
  }
  const line = summary(
    await measured(
      events(),
      () => 'local',
      () => undefined
    )
  )
  expect(line).toMatch(/^evil:1m at peer-of-the-fake · first token .* · 2 tokens · cut at the token limit$/)
})

test('an answer whose events name nobody is by the engine that was asked, and is printed as it came', async () => {
  const { terminal, out } = testTerminal()
  async function* events(): AsyncGenerator<EngineEvent> {
    yield { type: 'accepted', model: { name: 'fake:1m', digest: 'f'.repeat(64) }, queuePosition: 0 } as EngineEvent
    yield END
  }
  const result = await printStream(events(), () => 'asked', terminal)
  expect(result).toMatchObject({ provider: { peerId: 'asked' }, attempts: [{ peerId: 'asked', outcome: 'ok' }] })
  expect(out().split('\n')[0]).not.toContain('asked')
})

test('--render shows nothing before the answer is complete, and -x the first block of code alone', async () => {
  const text = ['**bold**\n\n', '```sh\nls\n', '```\n']
  const rendered = testTerminal()
  await printText(answer(...text)(), () => 'local', rendered.terminal, 'rendered')
  expect(rendered.writes).toEqual(['bold\n\n    ls\n'])
  const code = testTerminal()
  await printText(answer(...text)(), () => 'local', code.terminal, 'code')
  expect(code.out()).toBe('ls\n')
})

test('an answer that was cut is rendered as far as it came, and its cut block of code is not printed', async () => {
  async function* cut(): AsyncGenerator<EngineEvent> {
    yield ACCEPTED
    yield delta('**bold**\n\n```sh\nrm -rf ./bui')
  }
  const rendered = testTerminal()
  await expect(printText(cut(), () => 'local', rendered.terminal, 'rendered')).rejects.toMatchObject({
    code: 'provider_lost'
  })
  expect(rendered.out()).toMatch(/^bold\n\n {4}rm -rf \.\/bui\n$/)
  const code = testTerminal()
  await expect(printText(cut(), () => 'local', code.terminal, 'code')).rejects.toMatchObject({ code: 'provider_lost' })
  expect(code.out()).toBe('')
})
