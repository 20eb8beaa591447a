import { expect, test } from 'vitest'
import { ProviderLostError } from '../../../src/interface/index.ts'

import { scriptedEngine } from '../../../src/testing/index.ts'
import { ACCEPTED, END, FakeEngine } from './fixtures.ts'
import { gatewayOver } from './support/http.ts'

const models = () => scriptedEngine({ name: 'smollm2:135m-q4_1', parameterCount: 135e6 })

test('models are listed in the dialect of each client', async () => {
  const { send } = gatewayOver(models())
  const id = 'smollm2:135m-q4_1'
  expect(await (await send('/v1/models')).json()).toMatchObject({
    object: 'list',
    data: [{ id, object: 'model', created: expect.any(Number), owned_by: 'network', p2pai: { providers: 2 } }]
  })
  expect(await (await send('/v1/models', { headers: { 'anthropic-version': '2023-06-01' } })).json()).toMatchObject({
    data: [{ type: 'model', id, display_name: id }],
    has_more: false,
    first_id: id,
    last_id: id
  })
  expect(await (await send('/api/tags')).json()).toMatchObject({
    models: [{ name: id, model: id, details: { parameter_size: '135M', family: 'smollm2' } }]
  })
  expect(await (await send('/api/ps')).json()).toEqual({ models: [] })
})

test('one model is found by name, by name without its tag, and by digest; another is a 404 with near names', async () => {
  const engine = models()
  const { send } = gatewayOver(engine)
  for (const name of ['smollm2:135m-q4_1', 'smollm2', engine.info.digest.slice(0, 12)]) {
    expect(await (await send(`/v1/models/${name}`)).json()).toMatchObject({ id: 'smollm2:135m-q4_1' })
    expect(await (await send('/api/show', { body: { model: name } })).json()).toMatchObject({
      capabilities: ['completion', 'tools'],
      model_info: { 'p2pai.context_length': 4096 }
    })
  }
  const missing = await send('/v1/models/org/smollm3')
  expect(missing.status).toBe(404)
  expect(await missing.json()).toMatchObject({
    error: { code: 'model_not_found', message: expect.stringContaining('smollm2') }
  })
})

test('health, version and the root answer', async () => {
  const { send } = gatewayOver(models())
  expect(await (await send('/health')).json()).toEqual({
    status: 'ok',
    version: '9.9.9',
    peer_id: '12D3KooWFake',
    connections: 1,
    providers: 2,
    models: 1
  })
  expect(await (await send('/')).text()).toBe('p2pai is running')
  expect((await send('/', { method: 'HEAD' })).status).toBe(200)
  expect(await (await send('/api/version')).json()).toEqual({ version: '1.2.3' })
})

test('metrics count requests, tokens, first tokens, refusals and bytes, and hold no content', async () => {
  const { send } = gatewayOver(scriptedEngine({ text: 'SECRETANSWER' }))
  const messages = [{ role: 'user', content: 'SECRETPROMPT' }]
  await (await send('/v1/chat/completions', { body: { model: 'auto', messages } })).text()
  await (await send('/v1/chat/completions', { body: { model: 'auto', messages, stream: true } })).text()
  await send('/v1/chat/completions', { body: { model: 'auto', messages, n: 3 } })
  await send('/made/up/SECRETPATH')
  await send('/made/up', { method: 'PROPFIND' })
  const response = await send('/metrics')
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = await response.text()
  expect(text).not.toContain('SECRET')
  const value = (name: string) =>
    Number(
      text
        .split('\n')
        .find(line => line.startsWith(`${name} `))
        ?.split(' ')
        .at(-1)
    )
  expect(value('p2pai_http_requests_total{route="/v1/chat/completions",method="POST",status="200"}')).toBe(2)
  expect(value('p2pai_http_requests_total{route="other",method="GET",status="404"}')).toBe(1)
  expect(value('p2pai_http_requests_total{route="other",method="other",status="404"}')).toBe(1)
  expect(value('p2pai_answers_total{route="/v1/chat/completions",outcome="ok"}')).toBe(2)
  expect(value('p2pai_answers_total{route="/v1/chat/completions",outcome="invalid_request"}')).toBe(1)
  expect(value('p2pai_failovers_total')).toBe(0)
  expect(value('p2pai_refusals_total{reason="invalid_request"}')).toBe(1)
  expect(value('p2pai_tokens_total{kind="prompt"}')).toBe(4)
  expect(value('p2pai_tokens_total{kind="completion"}')).toBe(2)
  expect(value('p2pai_first_token_seconds_count{route="/v1/chat/completions"}')).toBe(2)
  expect(value('p2pai_http_received_bytes_total{route="/v1/chat/completions"}')).toBeGreaterThan(100)
  expect(value('p2pai_http_sent_bytes_total{route="/v1/chat/completions"}')).toBeGreaterThan(500)
  expect(value('p2pai_requests_in_flight')).toBe(0)
  for (const line of text.split('\n').filter(line => line !== '')) {
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+)$/)
  }
})

test('the OpenAPI document has every path, with the schemas that check bodies', async () => {
  const { app, send } = gatewayOver(new FakeEngine())
  const document = (await (await send('/openapi.json')).json()) as {
    openapi: string
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: object }> } }>>
  }
  expect(document.openapi).toBe('3.1.0')
  const served = app.routes
    .filter(route => route.method !== 'ALL')
    .map(route => `${route.method.toLowerCase()} ${route.path}`)
  const written = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map(method => `${method} ${path}`)
  )
  expect(written.sort()).toEqual(served.map(route => route.replace(':id{.+}', '{id}')).sort())
  for (const [path, item] of Object.entries(document.paths)) {
    if (item.post === undefined) continue
    expect(item.post.requestBody?.content['application/json']?.schema, path).toMatchObject({ type: 'object' })
  }
})

test('attempts that failed are counted, whether another one went well or none did', async () => {
  const lost = { peerId: 'a', outcome: 'provider_lost' }
  const attempts = [lost, { peerId: 'b', outcome: 'ok' }]
  const moved = new FakeEngine(async function* () {
    yield ACCEPTED
    yield { ...END, attempts } as typeof END
  })
  const failed = new FakeEngine(async function* () {
    yield ACCEPTED
    throw new ProviderLostError('gone', { details: { attempts: [lost, lost] } })
  })
  for (const [engine, count] of [
    [moved, 1],
    [failed, 2]
  ] as const) {
    const { send } = gatewayOver(engine)
    const messages = [{ role: 'user', content: 'Hi' }]
    for (const stream of [false, true]) {
      await (await send('/v1/chat/completions', { body: { model: 'auto', messages, stream } })).text()
    }
    expect(await (await send('/metrics')).text()).toMatch(new RegExp(`^p2pai_failovers_total ${2 * count}$`, 'm'))
  }
})
