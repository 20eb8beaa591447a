import { expect, test, vi } from 'vitest'
import { MAX_IMAGE_BODY_BYTES } from '../../../src/gateway/request-body.ts'
import {
  BusyError,
  ContextLengthExceededError,
  messageText,
  NoProviderError,
  ProviderLostError
} from '../../../src/interface/index.ts'
import { ACCEPTED, delta, FakeEngine } from './fixtures.ts'
import { dataOf, eventsOf, gatewayOver, linesOf } from './support/http.ts'

const messages = [{ role: 'user', content: 'Hi' }]
const ASKS = {
  chat: { path: '/v1/chat/completions', body: { model: 'auto', messages } },
  completions: { path: '/v1/completions', body: { model: 'auto', prompt: 'Hi' } },
  responses: { path: '/v1/responses', body: { model: 'auto', input: 'Hi' } },
  messages: { path: '/v1/messages', body: { model: 'auto', max_tokens: 9, messages } },
  ollama: { path: '/api/chat', body: { model: 'auto', messages } },
  generate: { path: '/api/generate', body: { model: 'auto', prompt: 'Hi' } }
}
const ids = Object.keys(ASKS) as (keyof typeof ASKS)[]

function failing(error: Error) {
  // biome-ignore lint/correctness/useYield: it fails before it says anything.
  return new FakeEngine(async function* () {
    throw error
  })
}

const FAILURES = [
  {
    id: 'busy',
    error: new BusyError('full', { details: { retryAfterMs: 2500 } }),
    status: 503,
    type: 'overloaded_error'
  },
  { id: 'no provider', error: new NoProviderError('nobody'), status: 503, type: 'overloaded_error' },
  { id: 'too long', error: new ContextLengthExceededError('long'), status: 400, type: 'invalid_request_error' },
  { id: 'lost', error: new ProviderLostError('gone'), status: 502, type: 'api_error' }
]

test.each(FAILURES.flatMap(failure => ids.map(id => ({ ...failure, ask: id }))))(
  '$ask: $id before the first token is status $status in the dialect, streamed or not',
  async ({ ask, error, status, type }) => {
    for (const stream of [false, true]) {
      const { path, body } = ASKS[ask]
      const response = await gatewayOver(failing(error)).send(path, { body: { ...body, stream } })
      expect(response.status).toBe(status)
      const said = await response.json()
      if (path.startsWith('/api/')) expect(said).toEqual({ error: error.message })
      else if (ask === 'messages')
        expect(said).toMatchObject({ type: 'error', error: { type, message: error.message } })
      else expect(said).toMatchObject({ error: { message: error.message, code: error.code } })
    }
  }
)

test.each([
  { chance: 0, seconds: '3', ms: '2500' },
  { chance: 0.5, seconds: '3', ms: '3125' },
  { chance: 0.99, seconds: '4', ms: '3738' }
])(
  'a busy answer says when to come back, not all of a crowd at one moment: by chance $chance after $ms ms',
  async ({ chance, seconds, ms }) => {
    const draw = vi.spyOn(Math, 'random').mockReturnValue(chance)
    try {
      const response = await gatewayOver(failing(FAILURES[0]!.error)).send(ASKS.chat.path, { body: ASKS.chat.body })
      expect(response.headers.get('retry-after')).toBe(seconds)
      expect(response.headers.get('retry-after-ms')).toBe(ms)
      expect(response.headers.get('x-should-retry')).toBeNull()
    } finally {
      draw.mockRestore()
    }
  }
)

test.each(['with its length', 'without'])('a body of many alphabets arrives as it was sent, %s', async how => {
  const words = 'Grüße, мир, 世界 🐁'
  const body = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: words }] })
  const headers: Record<string, string> = how === 'without' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const engine = new FakeEngine()
  expect((await gatewayOver(engine).send(ASKS.chat.path, { body, headers })).status).toBe(200)
  expect(messageText(engine.requests[0]!.request.messages[0]!)).toBe(words)
})

test.each(ids)('%s: a provider lost after the first token is an error event, and nothing after it', async id => {
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    yield delta('Hel')
    throw new ProviderLostError('the stream broke')
  })
  const { path, body } = ASKS[id]
  const response = await gatewayOver(engine).send(path, { body: { ...body, stream: true } })
  expect(response.status).toBe(200)
  const text = await response.text()
  expect(text).toContain('Hel')
  expect(text).not.toContain('[DONE]')
  if (path.startsWith('/api/')) expect(linesOf(text).at(-1)).toEqual({ error: 'the stream broke' })
  else if (id === 'messages') {
    expect(eventsOf(text).at(-1)).toMatchObject({ event: 'error', data: { error: { message: 'the stream broke' } } })
  } else expect(dataOf(text).at(-1).error).toMatchObject({ code: 'provider_lost', message: 'the stream broke' })
})

test('an answer without an end is an error too', async () => {
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    yield delta('Hel')
  })
  const { path, body } = ASKS.chat
  expect((await gatewayOver(engine).send(path, { body })).status).toBe(502)
  const text = await (await gatewayOver(engine).send(path, { body: { ...body, stream: true } })).text()
  expect(dataOf(text).at(-1).error.code).toBe('protocol_error')
})

test('what nobody foresaw is a 500 without its words, and its words are in the log', async () => {
  const log: unknown[] = []
  const init = { log: (...entry: unknown[]) => void log.push(entry) }
  const { path, body } = ASKS.chat
  const response = await gatewayOver(failing(new TypeError('secret inside')), init).send(path, { body })
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('secret')
  expect(JSON.stringify(log)).toContain('secret inside')
})

interface Malformed {
  id: string
  status: number
  body?: string
  method?: string
  headers?: Record<string, string>
}

const MALFORMED: Malformed[] = [
  { id: 'bad JSON', body: '{"model":', status: 400 },
  { id: 'an empty body', body: '', status: 400 },
  { id: 'a body that is no object', body: '[]', status: 400 },
  { id: 'a length that cannot be compared', body: '{"model":{"toString":1,"length":{"toString":1}}}', status: 400 },
  { id: 'deep JSON', body: `${'['.repeat(200_000)}${']'.repeat(200_000)}`, status: 400 },
  { id: 'another content type', body: '{}', headers: { 'content-type': 'text/plain' }, status: 415 },
  { id: 'a compressed body', body: 'x', headers: { 'content-encoding': 'gzip' }, status: 415 },
  { id: 'a huge body', body: 'x'.repeat(MAX_IMAGE_BODY_BYTES + 1), status: 413 },
  { id: 'another method', method: 'GET', status: 405 },
  { id: 'OPTIONS', method: 'OPTIONS', status: 405 },
  { id: 'HEAD', method: 'HEAD', status: 405 }
]

test.each(MALFORMED.flatMap(bad => ids.map(ask => ({ ...bad, ask }))))(
  'case 49: $ask with $id is a $status in the dialect',
  async ({ ask, status, method, body, headers }) => {
    const { path } = ASKS[ask]
    const response = await gatewayOver(new FakeEngine()).send(path, {
      ...(method === undefined ? { body } : { method }),
      headers
    })
    expect(response.status).toBe(status)
    if (status === 405) expect(response.headers.get('allow')).toBe('POST')
    if (method === 'HEAD') return
    const said = (await response.json()) as { error: unknown }
    expect(typeof said.error).toBe(path.startsWith('/api/') ? 'string' : 'object')
  }
)

test('case 49: an unknown path is a 404 in the dialect', async () => {
  const { send } = gatewayOver(new FakeEngine())
  for (const path of ['/v1/nothing', '/favicon.ico', '/v1/chat/completions/', '/api/nothing', '/v1/messages/batches']) {
    const response = await send(path)
    expect(response.status).toBe(404)
    expect(await response.json()).toHaveProperty('error')
  }
})
