import * as vitest from 'vitest'
import { upstreamEngine } from '../../src/inference/index.ts'
import { embeddingConformance, engineConformance, scriptedEngine } from '../../src/testing/index.ts'
import { vllmServer } from './support/dressed-gateway.ts'

engineConformance(
  'openai upstream',
  async () => {
    const scripted = scriptedEngine({ prefillMs: 2, tokenMs: 1, features: { tools: true } })
    const server = await vllmServer(scripted)
    const engine = upstreamEngine({ url: server.url })
    await engine.refresh()
    return { engine, close: () => server.close() }
  },
  vitest
)

for (const feature of ['embeddings', 'rerank'] as const) {
  embeddingConformance(
    `openai upstream, ${feature}`,
    async () => {
      const server = await vllmServer(scriptedEngine({ tokenMs: 1, features: { chat: false, [feature]: true } }))
      const engine = upstreamEngine({ url: server.url, features: [feature] })
      await engine.refresh()
      return { engine, close: () => server.close() }
    },
    vitest
  )
}
