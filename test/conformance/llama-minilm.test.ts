import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as vitest from 'vitest'
import { llamaEngine } from '../../src/inference/index.ts'
import { embeddingConformance } from '../../src/testing/index.ts'

const { afterAll, beforeAll, describe, expect, it } = vitest
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = path.resolve(root, process.env.P2PAI_TEST_MODELS ?? '../shared/models')
const modelFile = path.join(folder, 'all-MiniLM-L6-v2.Q8_0.gguf')

if (existsSync(modelFile)) {
  embeddingConformance('llama with MiniLM', async () => ({ engine: await llamaEngine({ modelFile }) }), vitest)

  describe('vectors of MiniLM', () => {
    let engine: Awaited<ReturnType<typeof llamaEngine>>
    beforeAll(async () => {
      engine = await llamaEngine({ modelFile })
    })
    afterAll(async () => await engine.close())

    it('are nearer for what means the same', async () => {
      const inputs = [
        'cat',
        'kitten',
        'car engine',
        'How do I bake bread?',
        'A recipe for a loaf.',
        'Paris is in France.'
      ]
      const { vectors } = await engine.embed!({ model: 'auto', inputs })
      const near = (a: number, b: number) =>
        vectors[a]!.reduce((sum, value, index) => sum + value * vectors[b]![index]!, 0)
      expect(vectors[0]).toHaveLength(384)
      expect(near(0, 1)).toBeGreaterThan(near(0, 2) + 0.2)
      expect(near(3, 4)).toBeGreaterThan(near(3, 5) + 0.2)
    })

    it('is known as what it is: for vectors, not for prompts', () => {
      expect(engine.info).toMatchObject({
        name: 'all-minilm-l6-v2:q8_0',
        contextSizeTokens: 512,
        features: { chat: false, embeddings: true, rerank: false }
      })
      expect(engine.status()[0]?.slots.total).toBe(1)
    })

    it('takes a text of all its context, and not one token more', async () => {
      // Each of these words is one token; two more mark both ends.
      const text = (tokens: number) => 'word '.repeat(tokens - 2)
      expect((await engine.embed!({ model: 'auto', inputs: [text(512)] })).promptTokens).toBe(512)
      await expect(engine.embed!({ model: 'auto', inputs: ['fine', text(513)] })).rejects.toMatchObject({
        code: 'context_length_exceeded',
        details: { field: 'inputs[1]', promptTokens: 513, contextSizeTokens: 512 }
      })
    })

    it('takes marks of its vocabulary as text', async () => {
      const { promptTokens } = await engine.embed!({ model: 'auto', inputs: ['[SEP] [CLS]'] })
      expect(promptTokens).toBeGreaterThan(4)
      await expect(engine.embed!({ model: 'auto', inputs: [' \n '] })).rejects.toMatchObject({
        code: 'invalid_request',
        details: { field: 'inputs[0]' }
      })
    })
  })
} else {
  console.log(`skipped: no ${path.basename(modelFile)} in the folder of P2PAI_TEST_MODELS`)
  describe.skip('embedding conformance: llama with MiniLM (model file missing)', () => {
    it('needs the model file')
  })
}
