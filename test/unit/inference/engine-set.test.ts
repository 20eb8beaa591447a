import { describe, expect, it, vi } from 'vitest'
import { engineSet } from '../../../src/inference/index.ts'
import { textMessage } from '../../../src/interface/index.ts'
import { collect, scriptedEngine } from '../../../src/testing/index.ts'

const ask = (model: string) => ({ model, messages: [textMessage('user', 'Hello')] })

describe('engineSet', () => {
  it('sends a request to the engine that has the model, by name or digest', async () => {
    const a = scriptedEngine({ name: 'alpha:1b', text: 'from a' })
    const b = scriptedEngine({ name: 'beta:2b', text: 'from b' })
    const set = engineSet([a, b])
    expect((await collect(set, ask('beta'))).text).toBe('from b')
    expect((await collect(set, ask(a.info.digest.slice(0, 12)))).text).toBe('from a')
    expect(set.status().map(status => status.model)).toEqual(['alpha:1b', 'beta:2b'])
  })

  it('takes the larger model for auto, and the built-in one only when it is alone', async () => {
    const builtIn = scriptedEngine({ name: 'tiny', text: 'tiny', builtIn: true, parameterCount: 9e9 })
    const set = engineSet([builtIn])
    expect((await collect(set, ask('auto'))).text).toBe('tiny')
    set.add(scriptedEngine({ name: 'small', text: 'small', parameterCount: 1e6 }))
    set.add(scriptedEngine({ name: 'large', text: 'large', parameterCount: 1e9 }))
    expect((await collect(set, ask('auto'))).text).toBe('large')
  })

  it('does not take a model for auto that does not chat', async () => {
    const set = engineSet([scriptedEngine({ name: 'vectors', features: { chat: false } })])
    await expect(collect(set, ask('auto'))).rejects.toMatchObject({ code: 'model_not_found' })
  })

  it('sends images to a model that reads them, and says so when the one that was named does not', async () => {
    const blind = scriptedEngine({ name: 'blind', parameterCount: 9e9 })
    const set = engineSet([blind, scriptedEngine({ name: 'seeing', features: { images: true } })])
    const data = new TextEncoder().encode('GIF89a')
    const image = { type: 'media' as const, mediaType: 'image/gif', data }
    const look = (model: string) => ({
      model,
      messages: [{ role: 'user' as const, parts: [...textMessage('user', 'Look.').parts, image] }]
    })
    expect((await collect(set, look('auto'))).accepted.model.name).toBe('seeing')
    await expect(collect(set, look('blind'))).rejects.toMatchObject({
      code: 'unsupported_feature',
      details: { field: 'messages' }
    })
  })

  it('takes for vectors and ranks a model that can, for auto and by name', async () => {
    const chat = scriptedEngine({ name: 'talker', parameterCount: 9e9 })
    const vectors = scriptedEngine({ name: 'vectors', features: { chat: false, embeddings: true } })
    const ranks = scriptedEngine({ name: 'ranks', features: { chat: false, rerank: true } })
    const set = engineSet([chat, vectors, ranks])
    const embed = (model: string) => set.embed!({ model, inputs: ['one'] })
    const rerank = (model: string) => set.rerank!({ model, query: 'one', documents: ['one', 'two'] })
    expect((await embed('auto')).model.name).toBe('vectors')
    expect((await embed(vectors.info.digest.slice(0, 12))).vectors).toHaveLength(1)
    expect(await rerank('auto')).toMatchObject({ model: { name: 'ranks' }, scores: [1, 0] })
    expect((await collect(set, ask('auto'))).accepted.model.name).toBe('talker')
    const unsupported = { code: 'unsupported_feature', details: { field: 'model' } }
    await expect(embed('talker')).rejects.toMatchObject(unsupported)
    await expect(rerank('vectors')).rejects.toMatchObject(unsupported)
    await expect(collect(set, ask('vectors'))).rejects.toMatchObject(unsupported)
    await expect(engineSet([chat]).embed!({ model: 'auto', inputs: ['one'] })).rejects.toMatchObject({
      code: 'model_not_found'
    })
  })

  it('names near models for an unknown one', async () => {
    const set = engineSet([scriptedEngine({ name: 'smollm2:135m-q4_1' })])
    await expect(collect(set, ask('smolm2'))).rejects.toMatchObject({
      code: 'model_not_found',
      details: { suggestions: ['smollm2:135m-q4_1'] }
    })
    await expect(collect(engineSet(), ask('auto'))).rejects.toThrow('there are no models here')
  })

  it('passes changes on, of engines added later too, and closes them all', async () => {
    const engine = scriptedEngine()
    const set = engineSet()
    const listener = vi.fn()
    const stop = set.onChange?.(listener)
    set.add(engine)
    const added = listener.mock.calls.length
    expect(added).toBeGreaterThan(0)
    await collect(set, ask('auto'))
    expect(listener.mock.calls.length).toBeGreaterThan(added)
    stop?.()
    await set.close()
    await expect(collect(engine, ask('auto'))).rejects.toMatchObject({ code: 'engine_stopped' })
  })
})
