import { expect, test } from 'vitest'
import type { GenerateRequest } from '../../../src/interface/index.ts'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { ACCEPTED, END, FakeEngine } from './fixtures.ts'
import { dataOf, gatewayOver, jsonOf } from './support/http.ts'

const messages = [{ role: 'user', content: 'Hi' }]
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

async function asked(path: string, body: object): Promise<GenerateRequest> {
  const engine = new FakeEngine()
  const response = await gatewayOver(engine).send(path, { body: { model: 'auto', ...body } })
  expect([response.status, response.status === 200 ? '' : await response.text()]).toEqual([200, ''])
  return engine.requests[0]!.request
}

test.each([
  { path: '/v1/chat/completions', body: { messages, reasoning_effort: 'none' }, tokens: 0 },
  { path: '/v1/chat/completions', body: { messages, reasoning_effort: 'low' }, tokens: 1024 },
  { path: '/v1/chat/completions', body: { messages, reasoning_effort: 'max' }, tokens: 1 << 20 },
  { path: '/v1/chat/completions', body: { messages }, tokens: undefined },
  { path: '/v1/responses', body: { input: 'x', reasoning: { effort: 'medium' } }, tokens: 4096 },
  { path: '/v1/responses', body: { input: 'x', reasoning: { effort: null } }, tokens: undefined },
  { path: '/v1/messages', body: { messages, thinking: { type: 'enabled', budget_tokens: 1500 } }, tokens: 1500 },
  {
    path: '/v1/messages',
    body: { messages, thinking: { type: 'disabled' }, output_config: { effort: 'high' } },
    tokens: 0
  },
  {
    path: '/v1/messages',
    body: { messages, thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    tokens: 16384
  },
  { path: '/v1/messages', body: { messages, thinking: { type: 'adaptive' } }, tokens: undefined },
  { path: '/api/chat', body: { messages, think: false, stream: false }, tokens: 0 },
  { path: '/api/chat', body: { messages, think: true, stream: false }, tokens: undefined },
  { path: '/api/generate', body: { prompt: 'x', think: 'high', stream: false }, tokens: 16384 }
])('$path: $body lets the model think $tokens tokens', async ({ path, body, tokens }) => {
  const limit = path === '/v1/messages' ? { max_tokens: 2000 } : {}
  expect((await asked(path, { ...limit, ...body })).maxThoughtTokens).toBe(tokens)
})

test.each([
  { path: '/v1/chat/completions', body: { messages, parallel_tool_calls: false } },
  { path: '/v1/responses', body: { input: 'x', parallel_tool_calls: false } },
  {
    path: '/v1/messages',
    body: { messages, max_tokens: 9, tool_choice: { type: 'any', disable_parallel_tool_use: true } }
  }
])('$path: one call at most, when asked for', async ({ path, body }) => {
  expect((await asked(path, body)).parallelToolCalls).toBe(false)
})

test('thoughts are counted, and told apart from the answer', async () => {
  const { send } = gatewayOver(scriptedEngine({ thoughts: 'let me think', text: 'so it is' }))
  const body = { model: 'auto', messages }
  const chat = await jsonOf(send('/v1/chat/completions', { body }))
  expect(chat.choices[0].message).toMatchObject({ content: 'so it is', reasoning_content: 'let me think' })
  expect(chat.usage.completion_tokens_details).toEqual({ reasoning_tokens: 3 })
  const response = await jsonOf(send('/v1/responses', { body: { model: 'auto', input: 'Hi' } }))
  expect(response.usage.output_tokens_details).toEqual({ reasoning_tokens: 3 })
  const message = await jsonOf(send('/v1/messages', { body: { ...body, max_tokens: 50 } }))
  expect(message.content).toMatchObject([
    { type: 'thinking', thinking: 'let me think' },
    { type: 'text', text: 'so it is' }
  ])
  expect(message.usage.output_tokens_details).toEqual({ thinking_tokens: 3 })
  const none = await jsonOf(send('/v1/chat/completions', { body: { ...body, reasoning_effort: 'none' } }))
  expect(none.choices[0].message.reasoning_content).toBeUndefined()
})

test('messages: the stop text that ended the answer is named, plain and streamed', async () => {
  const { send } = gatewayOver(scriptedEngine())
  const body = { model: 'auto', max_tokens: 99, messages, stop_sequences: ['nowhere', ' fox'] }
  const stop = { stop_reason: 'stop_sequence', stop_sequence: ' fox' }
  expect(await jsonOf(send('/v1/messages', { body }))).toMatchObject({
    ...stop,
    content: [{ text: 'The quick brown' }]
  })
  const events = dataOf(await (await send('/v1/messages', { body: { ...body, stream: true } })).text())
  expect(events.at(-2).delta).toEqual(stop)
})

test('messages: tokens are counted by the model that would answer, without an answer', async () => {
  const engine = scriptedEngine()
  const { send } = gatewayOver(engine)
  const body = { model: 'auto', messages, system: 'Be brief', tools: [{ name: 'f', input_schema: parameters }] }
  const counted = await jsonOf(send('/v1/messages/count_tokens', { body }))
  const answered = await jsonOf(send('/v1/messages', { body: { ...body, max_tokens: 9 } }))
  expect(counted).toEqual({ input_tokens: answered.usage.input_tokens, p2pai: { peer: '12D3KooWFake' } })
  expect(engine.calls[0]).toMatchObject({ tokens: 0, request: { maxTokens: 0 } })
  const wrong = await send('/v1/messages/count_tokens', { body: { ...body, max_tokens: 9 } })
  expect(wrong.status).toBe(400)
  expect(await wrong.text()).toContain('max_tokens')
})

test('ollama: results find their calls by the name of the tool, each its own', async () => {
  const call = (name: string) => ({ function: { name, arguments: {} } })
  const { messages: read } = await asked('/api/chat', {
    stream: false,
    messages: [
      ...messages,
      { role: 'assistant', content: '', tool_calls: [call('a'), call('b'), call('a')] },
      { role: 'tool', content: '1', tool_name: 'b' },
      { role: 'tool', content: '2', tool_name: 'a' },
      { role: 'tool', content: '3' },
      { role: 'tool', content: '4', tool_name: 'z' }
    ]
  })
  expect(read.map(message => message.toolCallId)).toEqual([
    undefined,
    undefined,
    'call_1_1',
    'call_1_0',
    'call_1_2',
    'z'
  ])
})

test.each(['/v1/chat/completions', '/v1/messages'])(
  '%s: calls whose pieces are mixed are an error, not arguments',
  async path => {
    const piece = (id: string, text: string) => ({
      type: 'delta' as const,
      channel: 'answer' as const,
      text: '',
      tokenCount: 1,
      toolCalls: [{ id, name: 'f', arguments: text }]
    })
    const engine = new FakeEngine(async function* () {
      yield ACCEPTED
      yield piece('a', '{"x"')
      yield piece('b', '{}')
      yield piece('a', ':1}')
      yield END
    })
    const response = await gatewayOver(engine).send(path, {
      body: { model: 'auto', max_tokens: 9, messages, stream: true }
    })
    expect(dataOf(await response.text()).at(-1)).toMatchObject({ error: { message: expect.stringContaining('mixed') } })
  }
)

test('responses: a model that thinks, speaks, and thinks again makes items with names of their own', async () => {
  const said = (channel: 'answer' | 'thought', text: string) => ({
    type: 'delta' as const,
    channel,
    text,
    tokenCount: 1
  })
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    yield said('thought', 'hm')
    yield said('answer', 'so')
    yield said('thought', 'or?')
    yield said('answer', ' it is')
    yield END
  })
  const response = await gatewayOver(engine).send('/v1/responses', {
    body: { model: 'auto', input: 'x', stream: true }
  })
  const { output } = dataOf(await response.text()).at(-1).response
  expect(output.map((item: { type: string }) => item.type)).toEqual(['reasoning', 'message', 'reasoning', 'message'])
  expect(new Set(output.map((item: { id: string }) => item.id)).size).toBe(4)
})
