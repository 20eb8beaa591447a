import { expect, test } from 'vitest'
import { Generation } from '../../../src/gateway/answer/generation.ts'
import { AnswerParts } from '../../../src/gateway/answer/parts.ts'
import { textStream } from '../../../src/gateway/answer/text-stream.ts'
import type { AnswerWriter } from '../../../src/gateway/answer/writer.ts'
import { type EngineEvent, textMessage } from '../../../src/interface/index.ts'
import { ACCEPTED, delta, END, FakeEngine, stuck } from './fixtures.ts'
import { gatewayOver } from './support/http.ts'

const body = { model: 'auto', messages: [{ role: 'user', content: 'Hi' }], stream: true }
const request = { model: 'auto', messages: [textMessage('user', 'Hi')] }

const writer: AnswerWriter = {
  begin: () => '<',
  delta: event => event.text,
  end: () => '>',
  failure: failure => `!${failure.code}`
}

function streamOf(engine: FakeEngine, { keepAliveMs = 10_000, stallMs = 10_000 } = {}) {
  const failures: unknown[] = []
  const generation = new Generation(engine, { request, stream: true }, () => undefined)
  const parts = new AnswerParts({
    generation,
    first: undefined,
    begun: () => ({ writer, begin: writer.begin() }),
    writer: () => writer,
    keepAlive: () => '.',
    keepAliveMs,
    stallMs,
    onEvent: () => undefined,
    onFailure: error => void failures.push(error),
    onOver: () => undefined
  })
  return { stream: textStream(parts), failures }
}

/** An engine whose answer waits until the test lets it go on. */
function held(...events: EngineEvent[]) {
  const gate = Promise.withResolvers<void>()
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    yield { type: 'progress', phase: 'queued', done: 1, total: 0 }
    await gate.promise
    yield* events
  })
  return { engine, go: gate.resolve }
}

test('while a request waits, signs of life are sent, and then the answer', async () => {
  const { engine, go } = held(delta('a'), END)
  const { stream } = streamOf(engine, { keepAliveMs: 5 })
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader.read()).value).toBe('.')
  expect((await reader.read()).value).toBe('.')
  go()
  let text = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value
  expect(text.replaceAll('.', '')).toBe('<a>')
})

test('a failure after signs of life alone is told in the stream', async () => {
  const { engine, go } = held()
  const { stream } = streamOf(engine, { keepAliveMs: 5 })
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader.read()).value).toBe('.')
  go()
  let last = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) last = part.value
  expect(last).toBe('!protocol_error')
})

test('the engine is not asked for more than the reader takes', async () => {
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    for (;;) yield delta('x')
  })
  const reader = streamOf(engine).stream.getReader()
  for (let count = 0; count < 3; count++) await reader.read()
  expect(engine.produced).toBeLessThanOrEqual(5)
  await reader.cancel()
  await expect.poll(() => engine.running).toBe(0)
})

test('case 50: a reader that stands still is given up', async () => {
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    for (;;) yield delta('x')
  })
  const { stream, failures } = streamOf(engine, { stallMs: 20 })
  const reader = stream.getReader()
  await reader.read()
  await expect.poll(() => engine.running).toBe(0)
  expect(failures).toMatchObject([{ code: 'slow_reader' }])
  await expect(reader.read()).rejects.toMatchObject({ code: 'slow_reader' })
})

test('case 50: a client that hangs up ends the work, before the first token and after it', async () => {
  const silent = (signal: AbortSignal | undefined) => held().engine.generate(request, { signal })
  for (const script of [stuck, silent]) {
    const engine = new FakeEngine(async function* (signal) {
      yield ACCEPTED
      if (script === stuck) yield delta('Hel')
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    })
    const client = new AbortController()
    const answer = gatewayOver(engine).send('/v1/chat/completions', { body, signal: client.signal })
    await expect.poll(() => engine.running).toBe(1)
    if (script === stuck) await (await answer).body!.cancel()
    else {
      client.abort()
      expect((await answer).status).toBe(499)
    }
    await expect.poll(() => engine.running).toBe(0)
  }
})

test('case 50: beyond the limit of answers under way it is a 429 with retry-after, and places are given back', async () => {
  const engine = new FakeEngine(stuck)
  const { send } = gatewayOver(engine, { maxInFlight: 2 })
  const path = '/v1/chat/completions'
  const first = await send(path, { body })
  const second = await send(path, { body })
  const refused = await send(path, { body })
  expect(refused.status).toBe(429)
  // A second, and up to half of one more by chance, in whole ones.
  expect(refused.headers.get('retry-after')).toMatch(/^[12]$/)
  expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'too_many_requests' } })
  await first.body!.cancel()
  await expect.poll(() => engine.running).toBe(1)
  const third = await send(path, { body })
  expect(third.status).toBe(200)
  await Promise.all([second.body!.cancel(), third.body!.cancel()])
})
