import { fileURLToPath } from 'node:url'
import * as vitest from 'vitest'
import { llamaEngine } from '../../src/inference/index.ts'
import { engineConformance } from '../../src/testing/index.ts'

const modelFile = fileURLToPath(new URL('../../models/p2pai-tiny.gguf', import.meta.url))

engineConformance('llama with the built-in model', async () => ({ engine: await llamaEngine({ modelFile }) }), vitest)
