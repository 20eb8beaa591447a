import { describe, expect, it } from 'vitest'
import { type EngineEvent, textMessage } from '../../../src/interface/index.ts'
import { collect, scriptedEngine } from '../../../src/testing/index.ts'

const ask = { model: 'auto', messages: [textMessage('user', 'Hello')] }

describe('scriptedEngine', () => {
  it('says what it is told, token by token, and records who asked', async () => {
    const engine = scriptedEngine({
      tokens: ['a', 'b ', 'c'],
      answer: text => (text === 'Hello' ? undefined : 'other')
    })
    const { deltas } = await collect(engine, ask, { tenant: 'peer' })
    expect(deltas.map(delta => delta.text)).toEqual(['a', 'b ', 'c'])
    expect((await collect(engine, { ...ask, messages: [textMessage('user', 'Hi')] })).text).toBe('other')
    expect(engine.calls[0]).toMatchObject({ outcome: 'ended', tokens: 3, options: { tenant: 'peer' } })
  })

  it('crashes at a token for all who are served, and answers again afterwards', async () => {
    const engine = scriptedEngine({ failure: { type: 'crash', afterTokens: 2 }, tokenMs: 1 })
    const both = await Promise.allSettled([collect(engine, ask), collect(engine, ask)])
    for (const result of both) expect(result).toMatchObject({ reason: { code: 'engine_crashed' } })
    engine.fail(undefined)
    expect((await collect(engine, ask)).end.finishReason).toBe('stop')
    expect(engine.status()[0]!.restarts).toBeGreaterThan(0)
  })

  it('hangs at a token without a sign of life, until it is aborted', async () => {
    const engine = scriptedEngine({ failure: { type: 'hang', afterTokens: 1 }, progressMs: 5 })
    const events: EngineEvent[] = []
    const run = async () => {
      const signal = AbortSignal.timeout(60)
      for await (const event of engine.generate(ask, { signal })) events.push(event)
    }
    await expect(run()).rejects.toMatchObject({ code: 'deadline_exceeded' })
    expect(events.map(event => event.type)).toEqual(['accepted', 'delta'])
    expect(engine.status()[0]!.slots.busy).toBe(0)
  })

  it('tells that it waits, unless it shall not', async () => {
    const count = async (engine: ReturnType<typeof scriptedEngine>) =>
      (await collect(engine, { ...ask, maxTokens: 1 })).events.filter(event => event.type === 'progress').length
    expect(await count(scriptedEngine({ prefillMs: 60, progressMs: 10 }))).toBeGreaterThan(2)
    const silent = scriptedEngine({ prefillMs: 60, progressMs: 10, failure: { type: 'no-progress' } })
    expect(await count(silent)).toBe(0)
  })

  it('refuses when too many wait', async () => {
    const engine = scriptedEngine({ slots: 1, maxQueued: 1, tokenMs: 2 })
    const running = [collect(engine, ask), collect(engine, ask)]
    await expect.poll(() => engine.status()[0]!.queued).toBe(1)
    await expect(collect(engine, ask)).rejects.toMatchObject({ code: 'busy', details: { retryAfterMs: 1000 } })
    await Promise.all(running)
  })
})
