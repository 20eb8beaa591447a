import * as vitest from 'vitest'
import { engineConformance, scriptedEngine } from '../../src/testing/index.ts'

engineConformance('scripted', async () => ({ engine: scriptedEngine({ prefillMs: 2, tokenMs: 1 }) }), vitest)
