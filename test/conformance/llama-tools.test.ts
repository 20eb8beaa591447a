import * as vitest from 'vitest'
import { llamaEngine } from '../../src/inference/index.ts'
import { engineConformance } from '../../src/testing/index.ts'
import { modelFolder } from '../fixtures/gguf-folder.ts'
import { randomModel } from '../fixtures/gguf-model.ts'
import { TOOL_TEMPLATE } from '../fixtures/tool-template.ts'

const setup = async () => {
  const folder = await modelFolder()
  const modelFile = await folder.write('tools.gguf', randomModel(TOOL_TEMPLATE))
  return { engine: await llamaEngine({ modelFile }), close: () => folder.remove() }
}

engineConformance('llama with a template of calls and thoughts', setup, vitest)
