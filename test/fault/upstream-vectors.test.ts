import { expect, it } from 'vitest'
import { FakeUpstream, json, upstream } from './support/fake-upstream.ts'

const request = { model: 'fake-model', inputs: ['a', 'b'] }
const features = ['embeddings' as const]

it('vectors are put in order and brought to length 1', async () => {
  const fake = new FakeUpstream().on('/v1/embeddings', response =>
    json(response, {
      data: [
        { index: 1, embedding: [0, 2] },
        { index: 0, embedding: [3, 4] }
      ],
      usage: { prompt_tokens: 5 }
    })
  )
  const engine = await upstream(fake, { features })
  const { vectors, promptTokens } = await engine.embed!(request)
  expect(vectors.map(vector => [...vector].map(value => Math.round(value * 10) / 10))).toEqual([
    [0.6, 0.8],
    [0, 1]
  ])
  expect(promptTokens).toBe(5)
  expect((await engine.models())[0]?.features).toMatchObject({ chat: false, embeddings: true })
})

it.each([
  { name: 'too few vectors', data: [{ index: 0, embedding: [1] }] },
  {
    name: 'one vector twice',
    data: [
      { index: 0, embedding: [1] },
      { index: 0, embedding: [1] }
    ]
  },
  {
    name: 'different lengths',
    data: [
      { index: 0, embedding: [1] },
      { index: 1, embedding: [1, 2] }
    ]
  },
  {
    name: 'zeros',
    data: [
      { index: 0, embedding: [0] },
      { index: 1, embedding: [1] }
    ]
  },
  {
    name: 'words',
    data: [
      { index: 0, embedding: ['x'] },
      { index: 1, embedding: [1] }
    ]
  }
])('$name are an error', async ({ data }) => {
  const engine = await upstream(
    new FakeUpstream().on('/v1/embeddings', response => json(response, { data })),
    { features }
  )
  await expect(engine.embed!(request)).rejects.toMatchObject({ code: 'engine_crashed' })
})

it('ollama is asked by its own path, which does not cut what is too long', async () => {
  const fake = new FakeUpstream('library')
    .on('/api/version', response => json(response, { version: '1' }))
    .on('/api/show', response => json(response, { capabilities: ['embedding'] }))
    .on('/api/embed', response => json(response, { embeddings: [[1], [2]], prompt_eval_count: 4 }))
  const engine = await upstream(fake)
  expect((await engine.embed!(request)).promptTokens).toBe(4)
  expect(fake.seen.at(-1)).toMatchObject({ path: '/api/embed', body: { truncate: false } })
})

it('documents are ranked: logits of llama-server become scores, other servers have them', async () => {
  const results = [
    { index: 1, relevance_score: 0 },
    { index: 0, relevance_score: 1 }
  ]
  for (const [owner, scores] of [
    ['vllm', [1, 0]],
    ['llamacpp', [1 / (1 + Math.exp(-1)), 0.5]]
  ] as const) {
    const fake = new FakeUpstream(owner).on('/v1/rerank', response => json(response, { results }))
    const engine = await upstream(fake, { features: ['rerank'] })
    const ranked = await engine.rerank!({ model: 'auto', query: 'q', documents: ['a', 'b'] })
    expect(ranked.scores).toEqual(scores)
  }
})

it('a chat model is not asked for vectors', async () => {
  const engine = await upstream(new FakeUpstream())
  await expect(engine.embed!(request)).rejects.toMatchObject({ code: 'unsupported_feature' })
})
