import { describe, expect, test } from 'vitest'
import { errorFromCode } from '../../../src/interface/index.ts'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { ACCEPTED, delta, END, FakeEngine } from './fixtures.ts'
import { dataOf, gatewayOver, linesOf } from './support/http.ts'

/** An engine that gives nothing but this error. */
function failing(error: Error): FakeEngine {
  return new FakeEngine(() => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }))
}

const messages = [{ role: 'user', content: 'Hi' }]
const hiccup = { type: 'hiccup' }
const chat = { model: 'auto', messages }
const response = { model: 'auto', input: 'Hi' }
const message = { ...chat, max_tokens: 50 }

describe('an error of the engine', () => {
  const tool = { name: 'f', description: '', input_schema: hiccup }
  test.each<[string, object, string]>([
    [
      '/v1/chat/completions',
      { ...chat, response_format: { type: 'json_schema', json_schema: { name: 'a', schema: hiccup } } },
      'response_format.json_schema.schema'
    ],
    [
      '/v1/responses',
      { ...response, text: { format: { type: 'json_schema', name: 'a', schema: hiccup } } },
      'text.format.schema'
    ],
    [
      '/v1/messages',
      { ...message, output_config: { format: { type: 'json_schema', schema: hiccup } } },
      'output_config.format.schema'
    ],
    ['/api/chat', { ...chat, format: hiccup }, 'format'],
    ['/v1/messages', { ...message, tools: [tool] }, 'tools.input_schema']
  ])('about %s names what the client calls it', async (path, body, field) => {
    const owner = field.startsWith('tools') ? 'tools.parameters' : 'response_format.schema'
    const engine = failing(
      errorFromCode('invalid_request', `${owner}.type: hiccup is no type`, { field: `${owner}.type` })
    )
    const answer = await gatewayOver(engine).send(path, { body })
    expect(answer.status).toBe(400)
    const text = await answer.text()
    expect(text).toContain(`${field}.type: hiccup`)
    expect(text).not.toContain(owner)
  })
})

describe('reasoning', () => {
  test.each<[string, object, string]>([
    ['/v1/chat/completions', { ...chat, reasoning_effort: 'high' }, 'reasoning_effort'],
    ['/v1/responses', { ...response, reasoning: { effort: 'low' } }, 'reasoning.effort'],
    [
      '/v1/messages',
      { ...message, max_tokens: 5_000, thinking: { type: 'enabled', budget_tokens: 2_000 } },
      'thinking'
    ],
    ['/api/chat', { ...chat, think: true, stream: false }, 'think'],
    ['/api/generate', { model: 'auto', prompt: 'Hi', think: 'high', stream: true }, 'think']
  ])('asked of %s is refused by name for a model that does not reason', async (path, body, field) => {
    const refused = await gatewayOver(scriptedEngine()).send(path, { body })
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain(`${field}: scripted:test does not reason`)
    const thinks = await gatewayOver(scriptedEngine({ thoughts: 'hm' })).send(path, { body })
    expect(thinks.status).toBe(200)
    await thinks.text()
  })

  test.each<[string, object]>([
    ['/v1/chat/completions', { ...chat, reasoning_effort: 'none' }],
    ['/v1/messages', { ...message, thinking: { type: 'disabled' }, output_config: { effort: 'high' } }],
    ['/api/chat', { ...chat, think: false, stream: false }]
  ])('that is declined changes nothing at %s', async (path, body) => {
    expect((await gatewayOver(scriptedEngine()).send(path, { body })).status).toBe(200)
  })
})

describe('an answer that is begun by the client', () => {
  const begun = [...messages, { role: 'assistant', content: 'The answer is (' }]
  test.each<[string, object]>([
    ['/v1/messages', { ...message, messages: begun }],
    ['/api/chat', { ...chat, messages: begun, stream: false }]
  ])('is gone on with by %s', async (path, body) => {
    const engine = new FakeEngine()
    expect((await gatewayOver(engine).send(path, { body })).status).toBe(200)
    expect(engine.requests[0]?.request).toMatchObject({
      messages: [{ role: 'user' }],
      resume: { text: 'The answer is (', tokenIds: [] }
    })
  })

  test('is refused by name where no engine can', async () => {
    const engine = failing(
      errorFromCode('unsupported_feature', 'the server behind this node takes no resume', { field: 'resume' })
    )
    const answer = await gatewayOver(engine).send('/v1/messages', { body: { ...message, messages: begun } })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('messages')
  })
})

describe('an answer that went on elsewhere', () => {
  const second = { ...ACCEPTED, model: { name: 'fake:1m-q8', digest: 'e'.repeat(64) }, provider: { peerId: 'another' } }
  const engine = () =>
    new FakeEngine(async function* () {
      yield ACCEPTED
      yield delta('Hel')
      yield second as typeof ACCEPTED
      yield delta('lo')
      yield END
    })

  test.each<[string, object, (text: string) => unknown]>([
    [
      '/v1/chat/completions',
      { ...chat, stream: true, stream_options: { include_usage: true } },
      text => dataOf(text).findLast(data => data.p2pai !== undefined)
    ],
    ['/v1/responses', { ...response, stream: true }, text => dataOf(text).at(-1).response],
    ['/v1/messages', { ...message, stream: true }, text => dataOf(text).findLast(data => data.p2pai !== undefined)],
    ['/api/chat', chat, text => linesOf(text).at(-1)]
  ])('names at its end who finished it: %s', async (path, body, last) => {
    const streamed = last(await (await gatewayOver(engine()).send(path, { body })).text())
    expect(streamed).toMatchObject({ p2pai: { peer: 'another', digest: 'e'.repeat(64) } })
    const plain = await (
      await gatewayOver(engine()).send(path, { body: { ...body, stream: false, stream_options: undefined } })
    ).json()
    expect(plain).toMatchObject({ p2pai: { peer: 'another', digest: 'e'.repeat(64) } })
  })
})

test('models are listed page by page for clients of Anthropic', async () => {
  const names = ['a', 'b', 'c', 'd']
  const engine = new FakeEngine()
  const model = (await scriptedEngine().models())[0]!
  engine.models = (async () => names.map(name => ({ ...model, name, digest: name }))) as never
  const { send } = gatewayOver(engine)
  const list = async (query: string) => {
    const answer = await send(`/v1/models${query}`, { headers: { 'anthropic-version': '2023-06-01' } })
    const { data, ...rest } = (await answer.json()) as { data?: { id: string }[] }
    return { status: answer.status, names: data?.map(({ id }) => id), ...rest }
  }
  expect(await list('')).toMatchObject({ names, has_more: false })
  expect(await list('?limit=2')).toMatchObject({ names: ['a', 'b'], has_more: true, last_id: 'b' })
  expect(await list('?limit=2&after_id=b')).toMatchObject({ names: ['c', 'd'], has_more: false })
  expect(await list('?limit=2&before_id=d')).toMatchObject({ names: ['b', 'c'], has_more: true })
  for (const query of ['?limit=0', '?limit=x', '?after_id=zzz'])
    expect(await list(query)).toMatchObject({ status: 400 })
})
