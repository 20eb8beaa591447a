import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GenerateRequest, type LlamaEngine, llamaEngine, type Resume, textMessage } from '../../src/index.ts'
import { collect } from '../../src/testing/index.ts'
import { BUILT_IN } from '../e2e/models.ts'

const LENGTH = 40

describe('an answer drawn with a seed', () => {
  let engine: LlamaEngine
  beforeAll(async () => {
    engine = await llamaEngine({ modelFile: BUILT_IN })
  })
  afterAll(async () => await engine.close())

  async function answer(changes: Partial<GenerateRequest>): Promise<Resume & { end: unknown }> {
    const request = { model: 'auto', messages: [textMessage('user', 'Tell me a story.')], maxTokens: LENGTH }
    const { text, events, end } = await collect(engine, { ...request, ...changes })
    const tokenIds = events.flatMap(event => (event.type === 'delta' ? (event.tokenIds ?? []) : []))
    const { digest } = engine.info
    return { text, tokenIds, digest, end }
  }

  const words = { type: 'array', items: { type: 'string', enum: ['one', 'two', 'three'] }, minItems: 12, maxItems: 12 }
  it.each<[string, Partial<GenerateRequest>]>([
    ['free', {}],
    ['bound to a schema', { responseFormat: { type: 'json_schema', schema: words } }],
    ['with its likelihoods', { logprobs: 2 }],
    ['bound, with its likelihoods', { logprobs: 2, responseFormat: { type: 'json_schema', schema: words } }]
  ])('%s goes on after each of its tokens as it would have been', async (_, changes) => {
    const sampling = { temperature: 1.5, seed: 11 }
    const whole = await answer({ sampling, ...changes })
    expect(await answer({ sampling: { ...sampling, seed: 12 }, ...changes })).not.toEqual(whole)
    expect(whole.tokenIds.length).toBeGreaterThan(20)
    for (const atToken of [1, 7, 20]) {
      const tokenIds = whole.tokenIds.slice(0, atToken)
      const given = await answer({ sampling, ...changes, maxTokens: atToken })
      expect(given.tokenIds).toEqual(tokenIds)
      const resume = { text: given.text, tokenIds, digest: whole.digest }
      const rest = await answer({ sampling, ...changes, resume, maxTokens: LENGTH - atToken })
      expect([...tokenIds, ...rest.tokenIds]).toEqual(whole.tokenIds)
      expect(given.text + rest.text).toBe(whole.text)
    }
  })
})
