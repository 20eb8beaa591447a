import { describe, expect, it } from 'vitest'
import { textMessage } from '../../src/index.ts'
import { collect, type ScriptedEngineOptions, scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, providersOf, testNode, until } from './support/nodes.ts'

const VECTORS: ScriptedEngineOptions = { name: 'vectors:test', features: { chat: false, embeddings: true } }
const RANKS: ScriptedEngineOptions = { name: 'ranks:test', features: { chat: false, rerank: true } }

describe('vectors and ranks between nodes', () => {
  it('come from the peer that has the model, and prompts from the one that chats', async () => {
    const engines = [scriptedEngine(VECTORS), scriptedEngine(RANKS), scriptedEngine({ name: 'talker:test' })]
    const provider = await testNode({ engines })
    const asker = await testNode({ bootstrap: [addressOf(provider)] })
    await until('the provider is known', () => providersOf(asker) === 1)
    const inputs = ['one', 'two', 'one']
    const embedded = await asker.engine.embed!({ model: 'auto', inputs })
    const here = await engines[0]!.embed!({ model: 'auto', inputs })
    expect(embedded.vectors).toEqual(here.vectors)
    expect(embedded).toMatchObject({ model: { name: 'vectors:test' }, provider: { peerId: provider.peerId } })
    const rank = { model: 'ranks', query: 'red fox', documents: ['a dog', 'the red fox'] }
    expect(await asker.engine.rerank!(rank)).toMatchObject({ scores: [0, 1], model: { name: 'ranks:test' } })
    const prompt = { model: 'auto', messages: [textMessage('user', 'Hello')] }
    expect((await collect(asker.engine, prompt)).accepted.model.name).toBe('talker:test')
    const names = (await asker.engine.models()).map(({ name }) => name).sort()
    expect(names).toEqual(['ranks:test', 'talker:test', 'vectors:test'])
  })

  it('come from another peer when the first one crashes', async () => {
    const broken = scriptedEngine({ ...VECTORS, parameterCount: 9e9, failure: { type: 'crash', afterTokens: 1 } })
    const first = await testNode({ engines: [broken] })
    const second = await testNode({ engines: [scriptedEngine(VECTORS)], bootstrap: [addressOf(first)] })
    const asker = await testNode({ bootstrap: [addressOf(first), addressOf(second)] })
    await until('both are known', () => providersOf(asker) === 2)
    const { provider, vectors } = await asker.engine.embed!({ model: 'vectors', inputs: ['one', 'two'] })
    expect(vectors).toHaveLength(2)
    expect(provider).toEqual({ peerId: second.peerId })
    expect(broken.embedCalls).toHaveLength(1)
  })

  it('are refused to peers that are not served', async () => {
    const provider = await testNode({ engines: [scriptedEngine(VECTORS)], requesters: { allow: [] } })
    const asker = await testNode({ bootstrap: [addressOf(provider)] })
    await until('the provider is known', () => providersOf(asker) === 1)
    await expect(asker.engine.embed!({ model: 'auto', inputs: ['one'] })).rejects.toMatchObject({ code: 'refused' })
  })
})
