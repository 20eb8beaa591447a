import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { connectDaemon, homePaths } from '../../src/index.ts'
import { BUILT_IN_MODEL, modelFolder } from '../fixtures/gguf-folder.ts'
import { textModel } from '../fixtures/gguf-text-model.ts'
import { until } from '../integration/support/nodes.ts'
import { newHome, run, serve } from './command.ts'

async function daemon(...words: string[]) {
  const home = newHome()
  const served = await serve(home, words)
  onTestFinished(async () => void (await served.stop()))
  return { ...served, home, client: await connectDaemon(homePaths(home).socket), address: served.ready.addresses[0]! }
}

test('a model for vectors, one that ranks and one that chats are served side by side, and asked through a third process', async () => {
  const folder = await modelFolder()
  onTestFinished(folder.remove)
  const vectors = await folder.write('vectors.gguf', textModel({ pooling: 'mean' }))
  const ranks = await folder.write('ranks.gguf', textModel({ pooling: 'rank' }))
  const provider = await daemon('--model', vectors, '--model', ranks, '--model', BUILT_IN_MODEL)
  const asker = await daemon('--no-model', '--bootstrap', provider.address)
  const { engine } = asker.client
  await until('all models are known', async () => (await engine.models()).length === 3)

  const embedded = await engine.embed!({ model: 'auto', inputs: ['the cat', 'a dog', 'the cat'] })
  expect(embedded.provider).toEqual({ peerId: provider.ready.peerId })
  expect(embedded.vectors).toHaveLength(3)
  expect(embedded.vectors[2]).toEqual(embedded.vectors[0])
  const here = await provider.client.engine.embed!({ model: 'vectors', inputs: ['the cat', 'a dog', 'the cat'] })
  expect(embedded.vectors).toEqual(here.vectors)

  const ranked = await engine.rerank!({ model: 'ranks', query: 'the cat', documents: ['a dog', 'the fox'] })
  expect(ranked).toMatchObject({ provider: { peerId: provider.ready.peerId }, promptTokens: expect.any(Number) })
  for (const score of ranked.scores) expect(score).toBeGreaterThanOrEqual(0)

  const asked = await run(asker.home, ['ask', '--json', '--temperature', '0', 'What is the capital of France?'])
  expect(JSON.parse(asked.out)).toMatchObject({ text: 'The capital of France is Paris.' })
  const wrong = await run(asker.home, ['ask', '--json', '-m', 'vectors', 'What is the capital of France?'])
  expect(wrong.code).toBe(1)
  expect(wrong.out + wrong.err).toContain('unsupported_feature')

  const gone = once(provider.child, 'exit')
  provider.child.kill('SIGKILL')
  await gone
  await expect(engine.embed!({ model: 'auto', inputs: ['the cat'] })).rejects.toMatchObject({
    code: expect.stringMatching(/^(provider_|no_provider)/)
  })
})
