import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { llamaEngine } from '../../../src/index.ts'
import { CLIENTS } from './support/libraries/all.ts'
import { type Nodes, startNodes } from './support/world.ts'

const ROOT = join(import.meta.dirname, '../../..')
const FOLDER = resolve(ROOT, process.env.P2PAI_TEST_MODELS ?? '../shared/models')
const SMOLLM2 = join(FOLDER, 'SmolLM2-135M-Instruct.Q4_1.gguf')
const MINILM = join(FOLDER, 'all-MiniLM-L6-v2.Q8_0.gguf')
const missing = [SMOLLM2, MINILM].filter(file => !existsSync(file))
if (missing.length > 0) console.warn(`skipped: there is no ${missing.join(', ')}; P2PAI_TEST_MODELS names their folder`)

describe.skipIf(missing.length > 0)('SmolLM2 and MiniLM at another node', () => {
  let nodes: Nodes
  beforeAll(async () => {
    const chat = await llamaEngine({ modelFile: SMOLLM2, contextSizeTokens: 1024 })
    const vectors = await llamaEngine({ modelFile: MINILM })
    await Promise.all([chat.load(), vectors.load()])
    nodes = await startNodes([chat, vectors])
  })
  afterAll(async () => await nodes?.stop())

  describe.each(Object.entries(CLIENTS))('%s', (_, open) => {
    const question = { text: 'What is the capital of France?', model: 'auto', temperature: 0 }

    it('gets a plain answer', async () => {
      const { text, usage } = await open(nodes.url).plain(question)
      expect(text).toContain('Paris')
      expect(usage.completion).toBeGreaterThan(3)
    })

    it('streams an answer', async () => {
      const pieces: string[] = []
      await open(nodes.url).stream(question, text => pieces.push(text))
      expect(pieces.join('')).toContain('Paris')
      expect(pieces.length).toBeGreaterThan(1)
    })

    it('gets JSON that follows a schema', async () => {
      const text = 'Name the capital of France as city, and 3 as count.'
      const place = await open(nodes.url).json({ ...question, text })
      expect(place).toEqual({ city: expect.any(String), count: expect.any(Number) })
    })

    it('gets vectors that are near where the meaning is', async ({ skip }) => {
      const client = open(nodes.url)
      if (client.embed === undefined) return skip('the library has no embeddings')
      const [cat, kitten, tax] = await client.embed(['A cat sleeps.', 'The kitten is asleep.', 'Taxes are due in May.'])
      expect(cat).toHaveLength(384)
      expect(product(cat!, kitten!)).toBeGreaterThan(product(cat!, tax!) + 0.3)
      expect(product(cat!, cat!)).toBeCloseTo(1, 3)
    })
  })
})

/** Of vectors of length 1 it is their likeness. */
function product(a: number[], b: number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0)
}
