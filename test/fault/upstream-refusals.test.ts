import { expect, it } from 'vitest'
import { upstreamEngine } from '../../src/inference/index.ts'
import { textMessage } from '../../src/interface/index.ts'
import { collect } from '../../src/testing/index.ts'
import { ask, DONE, FakeUpstream, json, piece, upstream } from './support/fake-upstream.ts'
import { until } from './support/until.ts'

const KEY = 'sk-secret-of-the-operator'

it.each([
  { status: 401, code: 'refused' },
  { status: 403, code: 'refused' },
  { status: 404, code: 'model_not_found' },
  { status: 413, code: 'payload_too_large' },
  { status: 429, code: 'busy', retryAfterMs: 7000 },
  { status: 503, code: 'busy', retryAfterMs: 7000 },
  { status: 500, code: 'engine_crashed' },
  { status: 302, code: 'engine_stopped' },
  { status: 400, code: 'invalid_request' }
])('status $status is $code, and never tells the key', async ({ status, code, retryAfterMs }) => {
  const fake = new FakeUpstream().on('/v1/chat/completions', (response, _body, request) => {
    const message = `refused ${request.headers.authorization}`
    json(response, { error: { message } }, status, { 'retry-after': '7', location: `${fake.url}/elsewhere` })
  })
  const engine = await upstream(fake, { key: KEY })
  const error = await collect(engine, ask()).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, ...(retryAfterMs && { details: { retryAfterMs } }) })
  expect(JSON.stringify(error)).not.toContain(KEY)
  expect(fake.seen.find(({ path }) => path === '/v1/chat/completions')?.headers.authorization).toBe(`Bearer ${KEY}`)
  expect(fake.seen.some(({ path }) => path === '/elsewhere')).toBe(false)
})

it.each([
  [
    "This model's maximum context length is 1000 tokens. However, you requested 1200 tokens (1150 in the messages, 50 in the completion).",
    1150
  ],
  ["This model's maximum context length is 1000 tokens. However, your prompt has 1150 input tokens.", 1150],
  ["The input (1150 tokens) is longer than the model's context length (1000 tokens).", 1150],
  ['the request (1150 tokens) exceeds the available context size (1000 tokens), try increasing it', 1150]
])('a prompt that is too long is told with both numbers: %s', async (message, promptTokens) => {
  const fake = new FakeUpstream().on('/v1/chat/completions', response => json(response, { error: { message } }, 400))
  await expect(collect(await upstream(fake), ask({ maxTokens: 50 }))).rejects.toMatchObject({
    code: 'context_length_exceeded',
    details: { promptTokens, contextSizeTokens: 1000 }
  })
})

it('a limit beyond the context is clamped, where the prompt itself fits', async () => {
  const message =
    "This model's maximum context length is 1000 tokens. However, you requested 5100 tokens (100 in the messages, 5000 in the completion)."
  const fake = new FakeUpstream().on('/v1/chat/completions', (response, body) => {
    if (Number(body.max_tokens) > 900) return json(response, { error: { message } }, 400)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    return void response.end(piece({ content: 'yes' }, 'length') + DONE)
  })
  const { end } = await collect(await upstream(fake), ask({ maxTokens: 5000 }))
  expect(end.finishReason).toBe('length')
  expect(fake.seen.map(({ body }) => body.max_tokens).filter(Boolean)).toEqual([5000, 900])
})

it('an HTML page, an answer that is no stream, and a listing that is none are errors', async () => {
  const page = '<html>Bad gateway</html>'
  const fake = new FakeUpstream()
  const engine = await upstream(fake)
  fake.on('/v1/chat/completions', response => response.writeHead(500, { 'content-type': 'text/html' }).end(page))
  await expect(collect(engine, ask())).rejects.toMatchObject({
    code: 'engine_crashed',
    message: expect.not.stringContaining('html')
  })
  fake.on('/v1/chat/completions', response => json(response, { choices: [] }))
  await expect(collect(engine, ask())).rejects.toMatchObject({ code: 'engine_crashed' })
  fake.on('/v1/models', response => response.end(page))
  await expect(engine.refresh()).rejects.toMatchObject({ code: 'engine_crashed' })
  expect((await engine.models())[0]?.state).toBe('failed')
})

it('a server that goes away takes its models out of adverts, and brings them back', async () => {
  const fake = new FakeUpstream().chat(piece({ content: 'yes' }, 'stop'), DONE)
  const engine = await upstream(fake, { refreshMs: 20 })
  let changes = 0
  engine.onChange?.(() => changes++)
  const stateIs = (state: string) => async () => (await engine.models())[0]?.state === state
  await fake.close()
  await until(stateIs('failed'))
  await expect(collect(engine, ask())).rejects.toMatchObject({ code: 'engine_stopped' })
  await fake.listen()
  await until(stateIs('warm'))
  expect((await collect(engine, ask())).text).toBe('yes')
  expect(changes).toBe(2)
})

it('one peer cannot take all slots', async () => {
  const waiting: (() => void)[] = []
  const order: unknown[] = []
  const fake = new FakeUpstream().on('/v1/chat/completions', (response, body) => {
    order.push(body.seed)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    waiting.push(() => response.end(piece({ content: 'yes' }, 'stop') + DONE))
  })
  const engine = await upstream(fake, { slots: 1 })
  const asked = (tenant: string, seed: number) => collect(engine, ask({ sampling: { seed } }), { tenant })
  const all = [asked('greedy', 1), asked('greedy', 2), asked('greedy', 3), asked('modest', 9)]
  for (let done = 0; done < all.length; done++) {
    await until(() => waiting.length > done)
    expect(engine.status()[0]).toMatchObject({ slots: { total: 1, busy: 1 }, queued: all.length - 1 - done })
    waiting[done]?.()
  }
  await Promise.all(all)
  expect(order.indexOf(9)).toBeLessThan(3)
})

it.each([
  { owner: 'library', change: { sampling: { topK: 5 } }, field: 'top_k' },
  { owner: 'library', change: { sampling: { minP: 0.1 } }, field: 'min_p' },
  { owner: 'someone', change: { sampling: { repeatPenalty: 1.1 } }, field: 'repeat_penalty' },
  { owner: 'vllm', change: { acceptIf: { totalMs: 5 } }, field: 'accept_if' },
  { owner: 'vllm', change: { resume: { text: 'a', tokenIds: [], digest: 'a'.repeat(64) } }, field: 'resume' },
  { owner: 'sglang', change: { maxTokens: 0 }, field: 'max_tokens' }
])('what $owner cannot honour is refused by name: $field', async ({ owner, change, field }) => {
  const engine = await upstream(new FakeUpstream(owner))
  await expect(collect(engine, ask(change))).rejects.toMatchObject({ code: 'unsupported_feature', details: { field } })
})

it('what a server takes is passed on, under its own names', async () => {
  const fake = new FakeUpstream('llamacpp').chat(piece({ content: 'yes' }, 'stop'), DONE)
  const engine = await upstream(fake, { features: ['images'] })
  const data = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const messages = [
    textMessage('system', 'Be brief.'),
    {
      role: 'user' as const,
      parts: [
        { type: 'text' as const, text: 'What is it?' },
        { type: 'media' as const, mediaType: 'image/png', data }
      ]
    }
  ]
  await collect(engine, ask({ messages, sampling: { topK: 5, minP: 0.1, repeatPenalty: 1.1, seed: 3 }, stop: ['END'] }))
  const { body } = fake.seen.find(({ path }) => path === '/v1/chat/completions')!
  expect(body).toMatchObject({
    model: 'fake-model',
    stream: true,
    stream_options: { include_usage: true },
    top_k: 5,
    min_p: 0.1,
    repeat_penalty: 1.1,
    seed: 3,
    stop: ['END']
  })
  expect(body.messages).toEqual([
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is it?' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
      ]
    }
  ])
})

it('images for a model that reads none are refused by the name of the field', async () => {
  const engine = await upstream(new FakeUpstream())
  const media = {
    type: 'media' as const,
    mediaType: 'image/png',
    data: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  }
  await expect(collect(engine, ask({ messages: [{ role: 'user', parts: [media] }] }))).rejects.toMatchObject({
    code: 'unsupported_feature',
    details: { field: 'messages' }
  })
})

it.each(['file:///etc/passwd', 'ftp://127.0.0.1', 'http://user:word@127.0.0.1', 'http://127.0.0.1/?a=b', 'nonsense'])(
  '%s is no upstream',
  url => {
    expect(() => upstreamEngine({ url })).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  }
)

it('the models of a server that only passes on the network are not shared again', async () => {
  const data = [
    { id: 'own', owned_by: 'this-node' },
    { id: 'far', owned_by: 'network' }
  ]
  const engine = await upstream(new FakeUpstream().on('/v1/models', response => json(response, { data })))
  expect((await engine.models()).map(({ name }) => name)).toEqual(['own'])
})

it.each([
  { owner: 'vllm', tokens: 100, said: { reasoning_effort: 'low' } },
  { owner: 'vllm', tokens: 4_096, said: { reasoning_effort: 'medium' } },
  { owner: 'sglang', tokens: 16_383, said: { reasoning_effort: 'medium' } },
  { owner: 'someone', tokens: 1 << 20, said: { reasoning_effort: 'high' } },
  { owner: 'llamacpp', tokens: 16_384, said: { chat_template_kwargs: { reasoning_effort: 'high' } } },
  { owner: 'llamacpp', tokens: 0, said: { chat_template_kwargs: { enable_thinking: false } } }
])('$owner is told in its own words that $tokens tokens may be thought', async ({ owner, tokens, said }) => {
  const fake = new FakeUpstream(owner).chat(piece({ content: 'yes' }, 'stop'), DONE)
  await collect(await upstream(fake, { features: ['thoughts'] }), ask({ maxThoughtTokens: tokens }))
  expect(fake.seen.find(({ path }) => path === '/v1/chat/completions')!.body).toMatchObject(said)
})

it('where reasoning cannot be switched off, the wish is refused; a model that does not reason hears nothing of it', async () => {
  const fake = new FakeUpstream('someone').chat(piece({ content: 'yes' }, 'stop'), DONE)
  await expect(
    collect(await upstream(new FakeUpstream('someone'), { features: ['thoughts'] }), ask({ maxThoughtTokens: 0 }))
  ).rejects.toMatchObject({ code: 'unsupported_feature', details: { field: 'max_thought_tokens' } })
  await collect(await upstream(fake), ask({ maxThoughtTokens: 4_096 }))
  expect(fake.seen.at(-1)!.body).not.toHaveProperty('reasoning_effort')
})
