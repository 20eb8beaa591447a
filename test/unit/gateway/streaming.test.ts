import { expect, test } from 'vitest'
import { type EngineEvent, textMessage } from '../../../src/interface/index.ts'
import { ACCEPTED, delta, END, FakeEngine, stuck } from './fixtures.ts'
import { dataOf, gatewayOver, linesOf } from './support/http.ts'

const PATH = '/v1/chat/completions'

const body = { model: 'auto', messages: [{ role: 'user', content: 'Hi' }], stream: true }
const request = { model: 'auto', messages: [textMessage('user', 'Hi')] }

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

/** The pieces of a streamed answer, as they come. */
async function* piecesOf(response: Response): AsyncGenerator<string> {
  yield* response.body!.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
}

test('while a request waits, signs of life are sent, and then the answer', async () => {
  const { engine, go } = held(delta('a'), END)
  const pieces = piecesOf(await gatewayOver(engine, { keepAliveMs: 5 }).send(PATH, { body }))
  expect((await pieces.next()).value).toContain(': keep-alive')
  expect((await pieces.next()).value).toContain(': keep-alive')
  go()
  let text = ''
  for await (const piece of pieces) text += piece
  const said = dataOf(text.replaceAll(': keep-alive\n\n', ''))
  expect(said.map(chunk => chunk.choices?.[0]?.delta.content ?? '').join('')).toBe('a')
  expect(said.at(-1)).toBe('[DONE]')
})

test('an engine that shows life all the time keeps no client without a sign of it', async () => {
  let isHeld = true
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    while (isHeld) {
      yield { type: 'progress', phase: 'prefill', done: 1, total: 2 }
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    yield* [delta('a'), END]
  })
  const pieces = piecesOf(await gatewayOver(engine, { keepAliveMs: 40 }).send(PATH, { body }))
  expect((await pieces.next()).value).toContain(': keep-alive')
  isHeld = false
  let last = ''
  for await (const piece of pieces) last = piece
  expect(last).toContain('[DONE]')
})

test('an answer whose head cannot be sent gives its place back', async () => {
  const engine = new FakeEngine(async function* (signal) {
    for await (const event of stuck(signal)) {
      yield event.type === 'accepted' ? { ...event, provider: { peerId: '\u0101' } } : event
    }
  })
  const { send } = gatewayOver(engine, { maxInFlight: 1 })
  for (let count = 0; count < 2; count++) expect((await send(PATH, { body })).status).toBe(500)
  await expect.poll(() => engine.running).toBe(0)
})

test.each([true, false])('what cannot be written counts as failed, and not as whole too (stream: %s)', async stream => {
  const call = { id: 'call_1', name: 'weather', arguments: 'no JSON' }
  const broken = { ...delta(''), toolCalls: [call] } as EngineEvent
  const { send } = gatewayOver(
    new FakeEngine(async function* () {
      yield* [ACCEPTED, broken, END]
    })
  )
  const text = await (await send('/api/chat', { body: { ...body, stream } })).text()
  expect(linesOf(text).at(-1)).toEqual({ error: expect.stringContaining('weather') })
  const counts = (await (await send('/metrics')).text()).match(/^p2pai_answers_total.*$/gm)
  expect(counts).toEqual(['p2pai_answers_total{route="/api/chat",outcome="protocol_error"} 1'])
})

test('a failure after signs of life alone is told in the stream', async () => {
  const { engine, go } = held()
  const response = await gatewayOver(engine, { keepAliveMs: 5 }).send(PATH, { body })
  expect(response.status).toBe(200)
  const pieces = piecesOf(response)
  expect((await pieces.next()).value).toContain(': keep-alive')
  go()
  let last = ''
  for await (const piece of pieces) last = piece
  expect(last).toContain('"code":"protocol_error"')
  expect(last).not.toContain('[DONE]')
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
    const answer = gatewayOver(engine).send(PATH, { body, signal: client.signal })
    await expect.poll(() => engine.running).toBe(1)
    if (script === stuck) await (await answer).body!.cancel()
    else {
      client.abort()
      await expect(answer).rejects.toThrow('aborted')
    }
    await expect.poll(() => engine.running).toBe(0)
  }
})

test('case 50: beyond the limit of answers under way it is a 429 with retry-after, and places are given back', async () => {
  const engine = new FakeEngine(stuck)
  const { send } = gatewayOver(engine, { maxInFlight: 2 })
  const first = await send(PATH, { body })
  const second = await send(PATH, { body })
  const refused = await send(PATH, { body })
  expect(refused.status).toBe(429)
  // A second, and up to half of one more by chance, in whole ones.
  expect(refused.headers.get('retry-after')).toMatch(/^[12]$/)
  expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'too_many_requests' } })
  await first.body!.cancel()
  await expect.poll(() => engine.running).toBe(1)
  const third = await send(PATH, { body })
  expect(third.status).toBe(200)
  await Promise.all([second.body!.cancel(), third.body!.cancel()])
})
