import { expect, test } from 'vitest'
import { controlApp } from '../../../src/gateway/control/app.ts'
import { BusyError, textMessage } from '../../../src/interface/index.ts'
import { ACCEPTED, delta, FakeEngine, fakeNode } from './fixtures.ts'

function app(engine = new FakeEngine(), stop: () => void = () => undefined) {
  return controlApp({ node: fakeNode(engine), version: '1.2.3', stop })
}

function post(path: string, body: unknown) {
  return {
    path: `/p2pai/v1${path}`,
    init: { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }
  }
}

const request = { model: 'auto', messages: [textMessage('user', 'Hello')] }

test('every answer carries the version, errors too', async () => {
  for (const path of ['/status', '/peers', '/models', '/engine', '/version', '/missing']) {
    const response = await app().request(`/p2pai/v1${path}`)
    expect(response.headers.get('p2pai-version')).toBe('1.2.3')
  }
})

test('an answer is one line of JSON an event, with bytes as base64', async () => {
  const engine = new FakeEngine()
  const { path, init } = post('/generate', { request, route: { local: true } })
  const response = await app(engine).request(path, init)
  const lines = (await response.text())
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines.map(line => line.type)).toEqual(['accepted', 'delta', 'delta', 'end'])
  expect(lines[3].conversationTag).toBe('AQL/')
  expect(engine.requests[0]?.request).toEqual(request)
  expect(engine.requests[0]?.options.route).toEqual({ local: true })
})

test('an error after the first token is the last line', async () => {
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    yield delta('Hel')
    throw new BusyError('full', { details: { retryAfterMs: 70 } })
  })
  const { path, init } = post('/generate', { request })
  const text = await (await app(engine).request(path, init)).text()
  expect(JSON.parse(text.trimEnd().split('\n').at(-1)!)).toEqual({
    type: 'error',
    error: { code: 'busy', message: 'full', retryable: true, retryAfterMs: 70 }
  })
})

test('the engine is not asked for more than the reader takes', async () => {
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    for (;;) yield delta('x')
  })
  const { path, init } = post('/generate', { request })
  const response = await app(engine).request(path, init)
  const reader = response.body!.getReader()
  for (let count = 0; count < 3; count++) await reader.read()
  expect(engine.produced).toBeLessThanOrEqual(4)
  await reader.cancel()
  expect(engine.running).toBe(0)
})

test.each([
  { id: 'not JSON', body: '{', field: 'body' },
  { id: 'no request', body: {}, field: 'body' },
  { id: 'no messages', body: { request: { model: 'auto' } }, field: 'messages' },
  {
    id: 'a part of another kind',
    body: { request: { model: 'auto', messages: [{ role: 'user', parts: [{ type: 'smell' }] }] } },
    field: 'messages.0.parts.0.type'
  },
  {
    id: 'a temperature in words',
    body: { request: { ...request, sampling: { temperature: 'hot' } } },
    field: 'sampling.temperature'
  }
])('a body with $id is a 400 that names the field', async ({ body, field }) => {
  const { path, init } = post('/generate', body)
  const response = await app().request(path, init)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code: 'invalid_request', field } })
})

test('a body beyond the limit is a 413', async () => {
  const { path, init } = post('/generate', 'x')
  const response = await app().request(path, { ...init, headers: { 'content-length': String(31 << 20) } })
  expect(response.status).toBe(413)
  expect(await response.json()).toMatchObject({ error: { code: 'payload_too_large' } })
})

test('case 63: a handler that throws fails its own call alone', async () => {
  const node = fakeNode(new FakeEngine())
  node.status = () => {
    throw new Error('boom')
  }
  const control = controlApp({ node, version: '1.2.3', stop: () => undefined })
  expect((await control.request('/p2pai/v1/status')).status).toBe(500)
  expect((await control.request('/p2pai/v1/peers')).status).toBe(200)
})
