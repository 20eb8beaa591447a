import * as vitest from 'vitest'
import { embeddingConformance, engineConformance, scriptedEngine } from '../../src/testing/index.ts'

engineConformance(
  'scripted',
  async () => ({ engine: scriptedEngine({ prefillMs: 2, tokenMs: 1, features: { score: true } }) }),
  vitest
)

engineConformance(
  'scripted without tools',
  async () => ({ engine: scriptedEngine({ prefillMs: 2, tokenMs: 1, features: { tools: false } }) }),
  vitest
)

engineConformance(
  'scripted with thoughts and a script of calls',
  async () => ({
    engine: scriptedEngine({
      prefillMs: 2,
      tokenMs: 1,
      thoughts: 'I should look at this from several sides before I say something that others would call wrong.',
      toolCalls: [
        { name: 'get_weather', arguments: { city: 'Zürich', unit: 'celsius' } },
        { name: 'set_lamp', arguments: '{ "on": false }' }
      ]
    })
  }),
  vitest
)
for (const feature of ['embeddings', 'rerank'] as const) {
  const setup = async () => ({
    engine: scriptedEngine({ features: { chat: false, [feature]: true }, contextSizeTokens: 512, tokenMs: 1 })
  })
  embeddingConformance(`scripted ${feature}`, setup, vitest)
}
