import * as vitest from 'vitest'
import { llamaEngine } from '../../src/inference/index.ts'
import { embeddingConformance } from '../../src/testing/index.ts'
import { modelFolder } from '../fixtures/gguf-folder.ts'
import { textModel } from '../fixtures/gguf-text-model.ts'

for (const [name, pooling] of [
  ['vectors', 'mean'],
  ['ranks', 'rank']
] as const) {
  const setup = async () => {
    const folder = await modelFolder()
    const engine = await llamaEngine({ modelFile: await folder.write(`${name}.gguf`, textModel({ pooling })) })
    return { engine, close: folder.remove }
  }
  embeddingConformance(`llama with a fixture for ${name}`, setup, vitest)
}
