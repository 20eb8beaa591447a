import { expect, test } from 'vitest'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { FakeEngine } from './fixtures.ts'
import { gatewayOver, jsonOf } from './support/http.ts'

const PATHS = ['/v1/embeddings', '/v1/rerank', '/api/embed', '/api/embeddings']

function gateway() {
  const engine = scriptedEngine({ features: { embeddings: true, rerank: true }, contextSizeTokens: 20 })
  return { engine, ...gatewayOver(engine) }
}

test('embeddings: a text or several, as numbers or as base64 of the same float32 numbers', async () => {
  const { send, engine } = gateway()
  const { vectors } = await engine.embed!({ model: 'auto', inputs: ['one', 'two words'] })
  const body = { model: 'auto', input: ['one', 'two words'] }
  const response = await send('/v1/embeddings', { body: { ...body, dimensions: 8 } })
  expect(response.headers.get('x-p2pai-peer')).toBe('12D3KooWFake')
  const plain = await jsonOf(response)
  expect(plain).toEqual({
    object: 'list',
    data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: [...vector] })),
    model: 'scripted:test',
    usage: { prompt_tokens: 3, total_tokens: 3 },
    p2pai: { peer: '12D3KooWFake', digest: engine.info.digest }
  })
  const coded = await jsonOf(send('/v1/embeddings', { body: { ...body, encoding_format: 'base64' } }))
  const bytes = Buffer.from(coded.data[1].embedding, 'base64')
  expect(bytes.length).toBe(8 * 4)
  expect(Array.from({ length: 8 }, (_, index) => bytes.readFloatLE(index * 4))).toEqual([...vectors[1]!])
  const one = await jsonOf(send('/v1/embeddings', { body: { model: 'auto', input: 'one' } }))
  expect(one.data).toEqual([plain.data[0]])
})

test('rerank: best first, with the places they were given in; so many as are wanted; with their texts when asked', async () => {
  const { send } = gateway()
  const documents = ['sea', { text: 'blue sky' }, 'blue']
  const body = { model: 'auto', query: 'blue sky', documents }
  const response = await send('/v1/rerank', { body })
  expect(response.headers.get('x-p2pai-peer')).toBe('12D3KooWFake')
  expect(await jsonOf(response)).toEqual({
    id: expect.stringMatching(/^rerank-[0-9a-f]{24}$/),
    object: 'list',
    model: 'scripted:test',
    results: [
      { index: 1, relevance_score: 1 },
      { index: 2, relevance_score: 0.5 },
      { index: 0, relevance_score: 0 }
    ],
    usage: { prompt_tokens: 10, total_tokens: 10 },
    p2pai: { peer: '12D3KooWFake', digest: expect.any(String) }
  })
  const two = await jsonOf(send('/v1/rerank', { body: { ...body, top_n: 2, return_documents: true } }))
  expect(two.results).toEqual([
    { index: 1, relevance_score: 1, document: { text: 'blue sky' } },
    { index: 2, relevance_score: 0.5, document: { text: 'blue' } }
  ])
})

test('ollama: both ways of asking for vectors', async () => {
  const { send, engine } = gateway()
  const { vectors } = await engine.embed!({ model: 'auto', inputs: ['one', 'two words'] })
  const many = await jsonOf(send('/api/embed', { body: { model: 'auto', input: ['one', 'two words'] } }))
  expect(many).toMatchObject({
    model: 'scripted:test',
    embeddings: vectors.map(vector => [...vector]),
    prompt_eval_count: 3
  })
  // Nanoseconds: a call takes no hour and no single one.
  expect(many.total_duration).toBeGreaterThan(1000)
  expect(Number.isSafeInteger(many.total_duration)).toBe(true)
  const older = await jsonOf(send('/api/embeddings', { body: { model: 'auto', prompt: 'one' } }))
  expect(older.embedding).toEqual([...vectors[0]!])
})

test('ollama: show says what a model is for', async () => {
  const { send } = gatewayOver(
    scriptedEngine({ features: { chat: false, tools: false, embeddings: true }, thoughts: undefined })
  )
  expect((await jsonOf(send('/api/show', { body: { model: 'scripted:test' } }))).capabilities).toEqual(['embedding'])
  const thinker = gatewayOver(scriptedEngine({ thoughts: 'hm', features: { images: true } }))
  const shown = await jsonOf(thinker.send('/api/show', { body: { model: 'scripted:test' } }))
  expect(shown.capabilities).toEqual(['completion', 'tools', 'thinking', 'vision'])
})

test.each([
  { path: '/v1/embeddings', body: { input: [1, 2] }, field: 'input[0]' },
  { path: '/v1/embeddings', body: { input: [[1, 2]] }, field: 'input[0]' },
  { path: '/v1/embeddings', body: { input: '' }, field: 'input' },
  { path: '/v1/embeddings', body: { input: [] }, field: 'input' },
  { path: '/v1/embeddings', body: { input: 'x', encoding_format: 'int8' }, field: 'encoding_format' },
  { path: '/v1/embeddings', body: { input: 'x', dimensions: 7 }, field: 'dimensions' },
  { path: '/v1/embeddings', body: { input: ['x', 'w '.repeat(30)] }, field: 'input[1]' },
  { path: '/v1/embeddings', body: { input: 'w '.repeat(30) }, field: 'input' },
  { path: '/v1/rerank', body: { documents: ['x'] }, field: 'query' },
  { path: '/v1/rerank', body: { query: 'x', documents: [] }, field: 'documents' },
  { path: '/v1/rerank', body: { query: 'x', documents: ['x'], top_n: 0 }, field: 'top_n' },
  { path: '/v1/rerank', body: { query: 'x', documents: ['y', 'w '.repeat(30)] }, field: 'documents[1]' },
  { path: '/api/embed', body: { input: 'x', truncate: true }, field: 'truncate' },
  { path: '/api/embed', body: { input: 'x', options: { temperature: 0 } }, field: 'options.temperature' },
  { path: '/api/embeddings', body: { prompt: 'w '.repeat(30) }, field: 'prompt' }
])('$path: $field is a 400 that names it', async ({ path, body, field }) => {
  const response = await gateway().send(path, { body: { model: 'auto', ...body } })
  expect(response.status).toBe(400)
  const { error } = await jsonOf(response)
  if (path.startsWith('/v1/')) expect(error.param).toBe(field)
  else expect(error).toContain(field)
  expect(JSON.stringify(error)).not.toContain('inputs')
})

test.each(PATHS)(
  '%s of an engine that knows no texts, or of a model that answers prompts only, is a 400',
  async path => {
    const body = { model: 'auto', input: 'x', query: 'x', documents: ['x'], prompt: 'x' }
    const wanted = path === '/v1/rerank' ? ['query', 'documents'] : [path === '/api/embeddings' ? 'prompt' : 'input']
    const sent = Object.fromEntries(Object.entries(body).filter(([key]) => ['model', ...wanted].includes(key)))
    const absent = await gatewayOver(new FakeEngine()).send(path, { body: sent })
    expect(absent.status).toBe(400)
    const chatOnly = await gatewayOver(scriptedEngine()).send(path, { body: { ...sent, model: 'scripted:test' } })
    expect(chatOnly.status).toBe(400)
    expect(await chatOnly.text()).toContain('scripted:test')
  }
)

test('a client that leaves ends the work', async () => {
  const engine = scriptedEngine({ features: { embeddings: true }, tokenMs: 60_000 })
  const leave = new AbortController()
  const over = gatewayOver(engine).send('/v1/embeddings', { body: { model: 'auto', input: 'x' }, signal: leave.signal })
  await expect.poll(() => engine.status()[0]?.slots.busy).toBe(1)
  leave.abort()
  await expect(over).rejects.toThrow('aborted')
  await expect.poll(() => engine.embedCalls[0]?.outcome).toBe('failed')
  expect(engine.status()[0]?.slots.busy).toBe(0)
})
