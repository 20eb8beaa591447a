import { describe, expect, test } from 'vitest'
import { scriptedEngine } from '../../src/testing/index.ts'
import { gatewayOver } from '../unit/gateway/support/http.ts'

const DEPTH = 100_000
const DEEP = `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`
const user = { role: 'user', content: 'x' }
/** Stands for the deep value: `JSON.stringify` could not write it. */
const HOLE = 'put it here'

const PLACES: { path: string; where: string; body: object }[] = [
  { path: '/v1/chat/completions', where: 'messages', body: { messages: HOLE } },
  { path: '/v1/chat/completions', where: 'a parameter of its own', body: { messages: [user], own: HOLE } },
  {
    path: '/v1/chat/completions',
    where: 'a tool',
    body: { messages: [user], tools: [{ type: 'function', function: { name: 'f', parameters: { a: HOLE } } }] }
  },
  {
    path: '/v1/chat/completions',
    where: 'a schema',
    body: {
      messages: [user],
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { a: HOLE } } }
    }
  },
  {
    path: '/v1/chat/completions',
    where: 'what a client parsed',
    body: { messages: [user, { role: 'assistant', content: 'x', parsed: HOLE }, user] }
  },
  { path: '/v1/responses', where: 'a reasoning item', body: { input: [{ type: 'reasoning', a: HOLE }, user] } },
  {
    path: '/v1/messages',
    where: 'the input of a call',
    body: {
      max_tokens: 9,
      messages: [user, { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: { a: HOLE } }] }]
    }
  },
  {
    path: '/v1/messages/count_tokens',
    where: 'a tool',
    body: { messages: [user], tools: [{ name: 'f', input_schema: { a: HOLE } }] }
  },
  {
    path: '/api/chat',
    where: 'the arguments of a call',
    body: {
      stream: false,
      messages: [
        user,
        { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: { a: HOLE } } }] }
      ]
    }
  },
  { path: '/api/chat', where: 'the format', body: { stream: false, messages: [user], format: { a: HOLE } } },
  { path: '/v1/embeddings', where: 'the input', body: { input: HOLE } },
  { path: '/v1/rerank', where: 'a document', body: { query: 'x', documents: [HOLE] } }
]

describe(`case 6: values ${DEPTH} levels deep`, () => {
  test.each(PLACES)('$path with one as $where is refused', async ({ path, body }) => {
    const log: unknown[] = []
    const engine = scriptedEngine({ features: { embeddings: true, rerank: true } })
    const { send } = gatewayOver(engine, { log: (...entry) => void log.push(entry) })
    const text = JSON.stringify({ model: 'auto', ...body }).replace(`"${HOLE}"`, DEEP)
    const response = await send(path, { body: text })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('deep')
    expect(log).toEqual([])
  })
})

test('case 6: a million messages are refused by their number', async () => {
  const messages = `[${Array.from({ length: 1_000_000 }, () => '{}').join(',')}]`
  const response = await gatewayOver(scriptedEngine()).send('/v1/chat/completions', {
    body: `{"model":"auto","messages":${messages}}`
  })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('messages')
})

test('case 6: of a key that comes twice the last one counts, and __proto__ changes nothing', async () => {
  const engine = scriptedEngine()
  const { send } = gatewayOver(engine)
  const twice = '{"model":"auto","messages":[{"role":"user","content":"one","content":"two"}]}'
  expect((await send('/v1/chat/completions', { body: twice })).status).toBe(200)
  expect(engine.calls[0]?.request.messages[0]?.parts).toEqual([{ type: 'text', text: 'two' }])
  const proto =
    '{"model":"auto","__proto__":{"polluted":1},"messages":[{"role":"user","content":"x","__proto__":{"polluted":1}}]}'
  expect([200, 400]).toContain((await send('/v1/chat/completions', { body: proto })).status)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})
