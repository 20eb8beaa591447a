import { describe, expect, it } from 'vitest'
import { SCRIPTED_DIMENSIONS, type ScriptedEngineOptions, scriptedEngine } from '../../../src/testing/index.ts'

const engineOf = (options: ScriptedEngineOptions = {}) =>
  scriptedEngine({ ...options, features: { embeddings: true, rerank: true, ...options.features } })
const three = { model: 'auto', inputs: ['one', 'two', 'one'] }

describe('scriptedEngine for vectors and ranks', () => {
  it('gives the same text the same vector everywhere, and records who asked', async () => {
    const engine = engineOf()
    const { vectors } = await engine.embed!(three, { tenant: 'peer' })
    expect(vectors.map(vector => vector.length)).toEqual([1, 1, 1].map(() => SCRIPTED_DIMENSIONS))
    expect(vectors[2]).toEqual(vectors[0])
    expect((await engineOf({ name: 'other' }).embed!(three)).vectors).toEqual(vectors)
    expect(engine.embedCalls).toMatchObject([{ request: three, options: { tenant: 'peer' }, outcome: 'ended' }])
  })

  it('scores by the words that a document shares with the query', async () => {
    const request = { model: 'auto', query: 'red fox', documents: ['a red fox', 'a fox', 'nothing'] }
    expect((await engineOf().rerank!(request)).scores).toEqual([1, 0.5, 0])
  })

  it('does neither unless it is told to', async () => {
    const named = { ...three, model: 'scripted' }
    await expect(scriptedEngine().embed!(named)).rejects.toMatchObject({
      code: 'unsupported_feature',
      details: { field: 'model' }
    })
    await expect(scriptedEngine().embed!(three)).rejects.toMatchObject({ code: 'model_not_found' })
  })

  it('crashes at a text for all who are served, and works again afterwards', async () => {
    const engine = engineOf({ failure: { type: 'crash', afterTokens: 2 }, tokenMs: 1 })
    for (const result of await Promise.allSettled([engine.embed!(three), engine.embed!(three)])) {
      expect(result).toMatchObject({ reason: { code: 'engine_crashed' } })
    }
    engine.fail(undefined)
    expect((await engine.embed!(three)).vectors).toHaveLength(3)
  })

  it('hangs at a text without a sign of life, until it is aborted', async () => {
    const engine = engineOf({ failure: { type: 'hang', afterTokens: 1 }, progressMs: 5 })
    const events: string[] = []
    const options = {
      signal: AbortSignal.timeout(60),
      onEvent: (event: { type: string }) => void events.push(event.type)
    }
    await expect(engine.embed!(three, options)).rejects.toMatchObject({ code: 'deadline_exceeded' })
    expect(events).toEqual(['accepted'])
    expect(engine.status()[0]!.slots.busy).toBe(0)
  })

  it('tells that it waits, and refuses when too many do', async () => {
    const engine = engineOf({ slots: 1, maxQueued: 0, tokenMs: 40, progressMs: 10 })
    const progress: string[] = []
    const running = engine.embed!(three, { onEvent: event => void progress.push(event.type) })
    await expect(engine.embed!(three)).rejects.toMatchObject({ code: 'busy', details: { retryAfterMs: 1000 } })
    await running
    expect(progress.filter(type => type === 'progress').length).toBeGreaterThan(2)
  })
})
