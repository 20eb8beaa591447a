import { expect, test } from 'vitest'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { ACCEPTED, delta, END, FakeEngine } from './fixtures.ts'
import { dataOf, gatewayOver } from './support/http.ts'

const PATH = '/v1/chat/completions'
const body = { model: 'auto', messages: [{ role: 'user', content: 'Hi' }] }

test('a plain answer has what the OpenAI schema requires, and says who answered', async () => {
  const { send } = gatewayOver(new FakeEngine())
  const response = await send(PATH, { body })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-p2pai-peer')).toBe('peer-of-the-fake')
  expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{24}$/)
  expect(await response.json()).toEqual({
    id: expect.stringMatching(/^chatcmpl-/),
    object: 'chat.completion',
    created: expect.any(Number),
    model: 'fake:1m',
    system_fingerprint: 'fp_ffffffffffff',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello world', refusal: null },
        logprobs: null,
        finish_reason: 'stop'
      }
    ],
    usage: {
      prompt_tokens: 3,
      completion_tokens: 2,
      total_tokens: 5,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 }
    },
    p2pai: {
      peer: 'peer-of-the-fake',
      digest: 'f'.repeat(64),
      timings: { queued_ms: 0, prefill_ms: 1, decode_ms: 2 }
    }
  })
})

test('a stream has one id, the role first, the reason last, usage when asked, and ends with [DONE]', async () => {
  const { send } = gatewayOver(new FakeEngine())
  const response = await send(PATH, { body: { ...body, stream: true, stream_options: { include_usage: true } } })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const chunks = dataOf(await response.text())
  expect(chunks.at(-1)).toBe('[DONE]')
  const objects = chunks.slice(0, -1)
  expect(new Set(objects.map(chunk => `${chunk.object} ${chunk.id} ${chunk.created}`)).size).toBe(1)
  expect(objects.map(chunk => chunk.choices[0]?.delta)).toEqual([
    { role: 'assistant', content: '', refusal: null },
    { content: 'Hello' },
    { content: ' world' },
    {},
    undefined
  ])
  expect(objects.map(chunk => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, 'stop', undefined])
  expect(objects.map(chunk => chunk.usage?.total_tokens)).toEqual([undefined, undefined, undefined, undefined, 5])
  expect(objects[0].usage).toBeNull()
  expect(objects[3].p2pai.peer).toBe('peer-of-the-fake')
})

test('without include_usage no chunk speaks of usage', async () => {
  const { send } = gatewayOver(new FakeEngine())
  const text = await (await send(PATH, { body: { ...body, stream: true } })).text()
  expect(text).not.toContain('usage')
})

test('every parameter that is honoured reaches the engine', async () => {
  const engine = new FakeEngine()
  const { send } = gatewayOver(engine)
  const response = await send(PATH, {
    body: {
      model: 'm',
      messages: [
        { role: 'system', content: 'S' },
        { role: 'developer', content: [{ type: 'text', text: 'D' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } }
          ]
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }]
        },
        { role: 'tool', tool_call_id: 'c1', content: 'R' }
      ],
      max_completion_tokens: 7,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 3,
      min_p: 0.1,
      seed: -1,
      repeat_penalty: 1.1,
      frequency_penalty: 1,
      presence_penalty: -1,
      stop: 'END',
      logprobs: true,
      top_logprobs: 2,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' }, strict: true } },
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      prompt_cache_key: 'talk-1',
      n: 1,
      user: null,
      store: false
    }
  })
  expect(response.status).toBe(200)
  expect(engine.requests[0]?.request).toEqual({
    model: 'm',
    messages: [
      { role: 'system', parts: [{ type: 'text', text: 'S' }] },
      { role: 'system', parts: [{ type: 'text', text: 'D' }] },
      {
        role: 'user',
        parts: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
          { type: 'media', mediaType: 'image/png', data: new Uint8Array([1, 2, 3]) }
        ]
      },
      {
        role: 'assistant',
        parts: [{ type: 'text', text: '' }],
        toolCalls: [{ id: 'c1', name: 'f', arguments: '{}' }]
      },
      { role: 'tool', parts: [{ type: 'text', text: 'R' }], toolCallId: 'c1' }
    ],
    maxTokens: 7,
    sampling: {
      temperature: 0.5,
      topP: 0.9,
      topK: 3,
      minP: 0.1,
      seed: 0xffffffff,
      repeatPenalty: 1.1,
      frequencyPenalty: 1,
      presencePenalty: -1
    },
    stop: ['END'],
    logprobs: 2,
    responseFormat: { type: 'json_schema', schema: { type: 'object' } },
    tools: [{ name: 'f', description: '', parameters: { type: 'object' } }],
    toolChoice: { name: 'f' },
    sessionId: 'talk-1'
  })
})

test.each([
  { more: { n: 2 }, param: 'n' },
  { more: { logit_bias: { 5: 100 } }, param: 'logit_bias.5' },
  { more: { parallel_tool_calls: 1 }, param: 'parallel_tool_calls' },
  { more: { store: true }, param: 'store' },
  { more: { reasoning_effort: 'a lot' }, param: 'reasoning_effort' },
  { more: { audio: {} }, param: 'audio' },
  { more: { modalities: ['audio'] }, param: 'modalities[0]' },
  { more: { top_logprobs: 3 }, param: 'top_logprobs' },
  { more: { logprobs: true, top_logprobs: 20 }, param: 'top_logprobs' },
  { more: { stream_options: { include_usage: true } }, param: 'stream_options' },
  { more: { max_tokens: 0 }, param: 'max_tokens' },
  { more: { max_tokens: 3, max_completion_tokens: 4 }, param: 'max_tokens' },
  { more: { temperature: 3 }, param: 'temperature' },
  { more: { stop: ['1', '2', '3', '4', '5'] }, param: 'stop' },
  { more: { response_format: { type: 'xml' } }, param: 'response_format.type' },
  { more: { messages: [] }, param: 'messages' },
  { more: { messages: [{ role: 'user' }] }, param: 'messages[0].content' },
  { more: { messages: [{ role: 'owner', content: 'x' }] }, param: 'messages[0].role' },
  { more: { messages: [{ role: 'user', content: 'x', name: 'Ann' }] }, param: 'messages[0].name' },
  { more: { messages: [{ role: 'user', content: [{ type: 'smell' }] }] }, param: 'messages[0].content[0].type' },
  {
    more: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://10.0.0.1/' } }] }] },
    param: 'messages[0].content[0].image_url.url'
  },
  { more: { mesages: [] }, param: 'mesages' }
])('$more is a 400 that names $param', async ({ more, param }) => {
  const engine = new FakeEngine()
  const response = await gatewayOver(engine).send(PATH, { body: { ...body, ...more } })
  expect(response.status).toBe(400)
  expect(response.headers.get('x-should-retry')).toBe('false')
  expect(await response.json()).toMatchObject({
    error: { type: 'invalid_request_error', param, code: 'invalid_request', message: expect.stringContaining(param) }
  })
  expect(engine.requests).toEqual([])
})

test('tools that no engine takes are a 400 that names them', async () => {
  const tools = [{ type: 'function', function: { name: 'f' } }]
  const engine = scriptedEngine({ features: { tools: false } })
  const response = await gatewayOver(engine).send(PATH, { body: { ...body, tools } })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { param: 'tools', code: 'unsupported_feature' } })
})

test('calls of tools, thoughts and log probabilities have their places, plain and streamed', async () => {
  const engine = () =>
    new FakeEngine(async function* () {
      yield ACCEPTED
      yield { type: 'delta', channel: 'thought', text: 'hm', tokenCount: 1 }
      yield {
        type: 'delta',
        channel: 'answer',
        text: 'ok',
        tokenCount: 1,
        logprobs: [{ token: 'ok', logprob: -1, top: [{ token: 'no', logprob: -2 }] }]
      }
      yield { ...delta(''), toolCalls: [{ id: 'c1', name: 'f', arguments: '{"a"' }] } as typeof ACCEPTED
      yield { ...delta(''), toolCalls: [{ id: 'c1', name: 'f', arguments: ':1}' }] } as typeof ACCEPTED
      yield { ...END, finishReason: 'tool_calls' } as typeof END
    })
  const asked = { ...body, logprobs: true, top_logprobs: 1 }
  const plain = await (await gatewayOver(engine()).send(PATH, { body: asked })).json()
  const entry = {
    token: 'ok',
    logprob: -1,
    bytes: [111, 107],
    top_logprobs: [{ token: 'no', logprob: -2, bytes: [110, 111] }]
  }
  expect(plain).toMatchObject({
    choices: [
      {
        message: {
          content: 'ok',
          reasoning_content: 'hm',
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }]
        },
        logprobs: { content: [entry], refusal: null },
        finish_reason: 'tool_calls'
      }
    ]
  })
  const chunks = dataOf(await (await gatewayOver(engine()).send(PATH, { body: { ...asked, stream: true } })).text())
  const deltas = chunks.slice(1, 5).map(chunk => chunk.choices[0].delta)
  expect(deltas).toEqual([
    { reasoning_content: 'hm' },
    { content: 'ok' },
    { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a"' } }] },
    { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }
  ])
  expect(chunks[2].choices[0].logprobs).toEqual({ content: [entry], refusal: null })
})
