import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as vitest from 'vitest'
import { llamaEngine } from '../../src/inference/index.ts'
import { engineConformance } from '../../src/testing/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = path.resolve(root, process.env.P2PAI_TEST_MODELS ?? '../shared/models')
const modelFile = path.join(folder, 'SmolLM2-135M-Instruct.Q4_1.gguf')

if (existsSync(modelFile)) {
  const setup = async () => ({ engine: await llamaEngine({ modelFile, contextSizeTokens: 2048 }) })
  engineConformance('llama with SmolLM2', setup, vitest)
} else {
  console.log(`skipped: no ${path.basename(modelFile)} in the folder of P2PAI_TEST_MODELS`)
  vitest.describe.skip('engine conformance: llama with SmolLM2 (model file missing)', () => {
    vitest.it('needs the model file')
  })
}
