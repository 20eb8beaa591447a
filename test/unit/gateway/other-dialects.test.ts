import { expect, test } from 'vitest'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { ACCEPTED, delta, END, FakeEngine } from './fixtures.ts'
import { dataOf, eventsOf, gatewayOver, linesOf } from './support/http.ts'

/** Thinks, answers, and calls a tool. */
function everything() {
  return new FakeEngine(async function* () {
    yield ACCEPTED
    yield { type: 'delta', channel: 'thought', text: 'hm', tokenCount: 1 }
    yield delta('ok')
    yield {
      type: 'delta',
      channel: 'answer',
      text: '',
      tokenCount: 1,
      toolCalls: [{ id: 'c1', name: 'f', arguments: '{"a":1}' }]
    }
    yield { ...END, finishReason: 'tool_calls' } as typeof END
  })
}

test('completions: prompt, legacy log probabilities, stream', async () => {
  const { send } = gatewayOver(scriptedEngine({ tokens: ['Hel', 'lo'] }))
  const body = { model: 'auto', prompt: ['Hi'], logprobs: 1 }
  expect(await (await send('/v1/completions', { body })).json()).toMatchObject({
    object: 'text_completion',
    choices: [
      {
        text: 'Hello',
        finish_reason: 'stop',
        logprobs: { tokens: ['Hel', 'lo'], token_logprobs: [-0.1, -0.1], text_offset: [0, 3] }
      }
    ]
  })
  const chunks = dataOf(await (await send('/v1/completions', { body: { ...body, stream: true } })).text())
  expect(chunks.at(-1)).toBe('[DONE]')
  expect(chunks.slice(0, -1).map(chunk => chunk.choices[0].text)).toEqual(['', 'Hel', 'lo', ''])
  expect(chunks[2].choices[0].logprobs.text_offset).toEqual([3])
})

test.each([
  { path: '/v1/completions', body: { prompt: [1, 2] }, field: 'prompt' },
  { path: '/v1/completions', body: { prompt: 'x', suffix: 'y' }, field: 'suffix' },
  { path: '/v1/completions', body: { prompt: 'x', echo: true }, field: 'echo' },
  { path: '/v1/completions', body: { prompt: 'x', best_of: 2 }, field: 'best_of' },
  { path: '/v1/responses', body: { input: 'x', previous_response_id: 'resp_1' }, field: 'previous_response_id' },
  { path: '/v1/responses', body: { input: 'x', store: true }, field: 'store' },
  { path: '/v1/responses', body: { input: 'x', background: true }, field: 'background' },
  { path: '/v1/responses', body: { input: 'x', tools: [{ type: 'web_search' }] }, field: 'tools[0].type' },
  { path: '/v1/responses', body: { input: [{ role: 'user', content: [{ type: 'input_file' }] }] }, field: 'input[0]' },
  { path: '/v1/messages', body: { messages: [{ role: 'user', content: 'x' }] }, field: 'max_tokens' },
  {
    path: '/v1/messages',
    body: {
      max_tokens: 5,
      messages: [{ role: 'user', content: 'x' }],
      thinking: { type: 'enabled', budget_tokens: 5 }
    },
    field: 'thinking.budget_tokens'
  },
  {
    path: '/v1/messages',
    body: { max_tokens: 5, messages: [{ role: 'system', content: 'x' }] },
    field: 'messages[0].role'
  },
  { path: '/api/chat', body: { messages: [{ role: 'user', content: 'x' }], think: 'deeply' }, field: 'think' },
  {
    path: '/api/chat',
    body: { messages: [{ role: 'user', content: 'x' }], options: { mirostat: 1 } },
    field: 'options.mirostat'
  },
  {
    path: '/api/chat',
    body: { messages: [{ role: 'user', content: 'x' }], keep_alive: 'a while' },
    field: 'keep_alive'
  },
  {
    path: '/api/chat',
    body: { messages: [{ role: 'user', content: 'x' }], options: { num_ctx: 9999 } },
    field: 'options.num_ctx'
  },
  { path: '/api/generate', body: { prompt: 'x', raw: true }, field: 'raw' },
  { path: '/api/generate', body: { prompt: 'x', suffix: 'y' }, field: 'suffix' },
  { path: '/api/show', body: {}, field: 'model' },
  { path: '/api/show', body: { model: 'a', name: 'b' }, field: 'model' }
])('$path with $field is a 400 that names it', async ({ path, body, field }) => {
  const model = path === '/api/show' ? {} : { model: 'auto' }
  const response = await gatewayOver(new FakeEngine()).send(path, { body: { ...model, ...body } })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain(field)
})

test('responses: items in, items out, each begun and ended in the stream', async () => {
  const engine = everything()
  const { send } = gatewayOver(engine)
  const body = {
    model: 'auto',
    instructions: 'Be brief',
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'function_call', call_id: 'c0', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c0', output: 'R' }
    ],
    text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' } } },
    tools: [{ type: 'function', name: 'f', parameters: {}, strict: null }],
    tool_choice: 'required',
    max_output_tokens: 9,
    metadata: { a: 'b' }
  }
  const plain = await (await send('/v1/responses', { body })).json()
  const output = [
    { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'hm' }] },
    { type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'ok' }] },
    { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":1}' }
  ]
  expect(plain).toMatchObject({ object: 'response', status: 'completed', output, metadata: { a: 'b' }, store: false })
  expect(engine.requests[0]?.request).toEqual({
    model: 'auto',
    messages: [
      { role: 'system', parts: [{ type: 'text', text: 'Be brief' }] },
      { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', parts: [], toolCalls: [{ id: 'c0', name: 'f', arguments: '{}' }] },
      { role: 'tool', parts: [{ type: 'text', text: 'R' }], toolCallId: 'c0' }
    ],
    maxTokens: 9,
    responseFormat: { type: 'json_schema', schema: { type: 'object' } },
    tools: [{ name: 'f', description: '', parameters: {} }],
    toolChoice: 'required'
  })
  const events = dataOf(await (await send('/v1/responses', { body: { ...body, stream: true } })).text())
  expect(events.map(event => event.sequence_number)).toEqual(events.map((_, index) => index))
  expect(events.map(event => event.type.replace('response.', ''))).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'reasoning_text.delta',
    'reasoning_text.done',
    'output_item.done',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'output_item.added',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done',
    'completed'
  ])
  expect(events.at(-1).response).toMatchObject({ output, usage: { total_tokens: 5 } })
})

test('responses: an answer that was cut by its limit is incomplete', async () => {
  const { send } = gatewayOver(scriptedEngine())
  const body = { model: 'auto', input: 'Hi', max_output_tokens: 2 }
  const expected = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
  expect(await (await send('/v1/responses', { body })).json()).toMatchObject(expected)
  const events = dataOf(await (await send('/v1/responses', { body: { ...body, stream: true } })).text())
  expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: expected })
})

test('messages: blocks in, blocks out, each begun and ended in the stream', async () => {
  const engine = everything()
  const { send } = gatewayOver(engine)
  const body = {
    model: 'auto',
    max_tokens: 9,
    system: [{ type: 'text', text: 'S', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c0', name: 'f', input: { a: 1 } }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c0', content: [{ type: 'text', text: 'R' }], is_error: true },
          { type: 'text', text: 'And?' }
        ]
      }
    ],
    tools: [{ name: 'f', input_schema: { type: 'object' } }],
    tool_choice: { type: 'any' },
    stop_sequences: ['X'],
    top_k: 3
  }
  const content = [
    { type: 'thinking', thinking: 'hm' },
    { type: 'text', text: 'ok' },
    { type: 'tool_use', id: 'c1', name: 'f', input: { a: 1 } }
  ]
  const response = await send('/v1/messages', { body })
  expect(response.headers.get('request-id')).toBe(response.headers.get('x-request-id'))
  expect(await response.json()).toMatchObject({ type: 'message', role: 'assistant', content, stop_reason: 'tool_use' })
  expect(engine.requests[0]?.request).toEqual({
    model: 'auto',
    messages: [
      { role: 'system', parts: [{ type: 'text', text: 'S' }] },
      { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', parts: [], toolCalls: [{ id: 'c0', name: 'f', arguments: '{"a":1}' }] },
      { role: 'tool', parts: [{ type: 'text', text: 'Error: R' }], toolCallId: 'c0' },
      { role: 'user', parts: [{ type: 'text', text: 'And?' }] }
    ],
    maxTokens: 9,
    sampling: { topK: 3 },
    stop: ['X'],
    tools: [{ name: 'f', description: '', parameters: { type: 'object' } }],
    toolChoice: 'required'
  })
  const events = eventsOf(await (await send('/v1/messages', { body: { ...body, stream: true } })).text())
  expect(events.map(event => event.event)).toEqual([
    'message_start',
    ...['thinking', 'text', 'tool_use'].flatMap(() => [
      'content_block_start',
      'content_block_delta',
      'content_block_stop'
    ]),
    'message_delta',
    'message_stop'
  ])
  expect(events.at(-2)?.data).toMatchObject({ usage: { input_tokens: 3, output_tokens: 2 } })
})

test('ollama: options in, durations in nanoseconds out, a stream unless told otherwise', async () => {
  const engine = everything()
  const { send } = gatewayOver(engine)
  const body = {
    model: 'auto',
    messages: [
      { role: 'user', content: 'Hi', images: ['iVBO'] },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] },
      { role: 'tool', content: 'R', tool_name: 'f' }
    ],
    format: { type: 'object' },
    options: { num_predict: 5, temperature: 0, seed: 7, stop: ['X'], num_ctx: 512 },
    keep_alive: '5m'
  }
  const plain = await (await send('/api/chat', { body: { ...body, stream: false } })).json()
  expect(plain).toMatchObject({
    model: 'fake:1m',
    message: {
      role: 'assistant',
      content: 'ok',
      thinking: 'hm',
      tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }]
    },
    done: true,
    done_reason: 'stop',
    total_duration: 3e6,
    load_duration: 0,
    prompt_eval_count: 3,
    prompt_eval_duration: 1e6,
    eval_count: 2,
    eval_duration: 2e6
  })
  expect(engine.requests[0]?.request).toEqual({
    model: 'auto',
    keepAliveMs: 300_000,
    messages: [
      {
        role: 'user',
        parts: [
          { type: 'text', text: 'Hi' },
          { type: 'media', mediaType: 'image/png', data: new Uint8Array([0x89, 0x50, 0x4e]) }
        ]
      },
      {
        role: 'assistant',
        parts: [{ type: 'text', text: '' }],
        toolCalls: [{ id: 'call_1_0', name: 'f', arguments: '{"a":1}' }]
      },
      { role: 'tool', parts: [{ type: 'text', text: 'R' }], toolCallId: 'call_1_0' }
    ],
    maxTokens: 5,
    sampling: { temperature: 0, seed: 7 },
    stop: ['X'],
    responseFormat: { type: 'json_schema', schema: { type: 'object' } }
  })
  const lines = linesOf(await (await send('/api/chat', { body })).text())
  expect(
    lines.map(line => [line.message.thinking, line.message.content, line.message.tool_calls?.length, line.done])
  ).toEqual([
    ['hm', '', undefined, false],
    [undefined, 'ok', undefined, false],
    [undefined, '', 1, false],
    [undefined, '', undefined, true]
  ])
  const generated = linesOf(
    await (await send('/api/generate', { body: { model: 'auto', prompt: 'Hi', system: 'S' } })).text()
  )
  expect(generated.map(line => line.response)).toEqual(['', 'ok', '', ''])
})

test('an answer of no token is whole in every dialect', async () => {
  const engine = () =>
    new FakeEngine(async function* () {
      yield ACCEPTED
      yield END
    })
  const messages = [{ role: 'user', content: 'Hi' }]
  const stream = async (path: string, body: object) =>
    await (await gatewayOver(engine()).send(path, { body: { model: 'auto', stream: true, ...body } })).text()
  expect(dataOf(await stream('/v1/chat/completions', { messages })).at(-2).choices[0].finish_reason).toBe('stop')
  expect(dataOf(await stream('/v1/responses', { input: 'x' })).at(-1).response.output).toMatchObject([
    { type: 'message' }
  ])
  expect(dataOf(await stream('/v1/messages', { messages, max_tokens: 5 })).map(event => event.type)).toEqual([
    'message_start',
    'content_block_start',
    'content_block_stop',
    'message_delta',
    'message_stop'
  ])
  expect(linesOf(await stream('/api/chat', { messages }))).toMatchObject([{ done: true, message: { content: '' } }])
})
