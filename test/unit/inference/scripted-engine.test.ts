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

  const tool = (name: string, parameters = {}) => ({ name, description: '', parameters })

  it('calls what the script says, and fills in arguments that fit the schema', async () => {
    const schema = {
      $defs: { tree: { type: 'object', properties: { leaf: { type: 'string' }, next: { $ref: '#/$defs/tree' } } } },
      properties: { root: { $ref: '#/$defs/tree' }, size: { type: 'integer', minimum: 50 }, kind: { enum: ['a', 'b'] } }
    }
    const engine = scriptedEngine({ toolCalls: [{ name: 'plant', arguments: { deep: true } }, { name: 'grow' }] })
    const request = { ...ask, tools: [tool('plant'), tool('grow', schema)] }
    const { toolCalls, end, deltas } = await collect(engine, request)
    expect(end.finishReason).toBe('tool_calls')
    expect(toolCalls[0]).toMatchObject({ name: 'plant', arguments: '{"deep":true}' })
    expect(JSON.parse(toolCalls[1]!.arguments)).toMatchObject({ size: 50, kind: 'a', root: { leaf: 'Paris' } })
    expect(new Set(toolCalls.map(call => call.id)).size).toBe(2)
    expect(deltas.length).toBeGreaterThan(4)
    const single = await collect(engine, { ...request, parallelToolCalls: false })
    expect(single.toolCalls.map(call => call.name)).toEqual(['plant'])
    const result = { ...textMessage('tool', 'it grew'), toolCallId: toolCalls[0]!.id }
    const after = await collect(engine, { ...request, messages: [...ask.messages, result] })
    expect(after.text).toContain('it grew')
    expect(after.toolCalls).toEqual([])
  })

  it('leaves a request to a function, which may call after a result too', async () => {
    const engine = scriptedEngine({
      toolCalls: ({ messages }) => (messages.length > 2 ? [] : [{ name: 'f', arguments: 'not JSON' }])
    })
    const first = await collect(engine, { ...ask, tools: [tool('f')] })
    expect(first.toolCalls[0]!.arguments).toBe('not JSON')
    const messages = [ask.messages[0]!, ask.messages[0]!, textMessage('tool', 'done')]
    expect((await collect(engine, { ...ask, messages, tools: [tool('f')] })).toolCalls).toEqual([])
  })

  it('thinks first, within the budget, and counts it', async () => {
    const engine = scriptedEngine({ thoughts: 'one two three four', text: 'So be it.' })
    expect(engine.info.features.thoughts).toBe(true)
    const whole = await collect(engine, ask)
    expect(whole).toMatchObject({ thoughts: 'one two three four', text: 'So be it.' })
    expect(whole.end.usage).toMatchObject({ thoughtTokens: 4, completionTokens: 7 })
    const short = await collect(engine, { ...ask, maxThoughtTokens: 2 })
    expect(short).toMatchObject({ thoughts: 'one two', text: 'So be it.' })
    // A budget is for what is still to come.
    const tokenIds = whole.deltas.slice(0, 2).flatMap(delta => delta.tokenIds ?? [])
    const resume = { text: '', tokenIds, digest: engine.info.digest }
    const rest = await collect(engine, { ...ask, maxThoughtTokens: 1, resume })
    expect(rest).toMatchObject({ thoughts: ' three', text: 'So be it.' })
  })

  it('counts a prompt without a slot', async () => {
    const engine = scriptedEngine({ slots: 1, tokenMs: 1 })
    const running = collect(engine, ask)
    await expect.poll(() => engine.status()[0]!.slots.busy).toBe(1)
    const { end } = await collect(engine, { ...ask, maxTokens: 0 })
    expect(end.usage).toEqual({ promptTokens: 2, cachedPromptTokens: 0, completionTokens: 0 })
    expect(engine.calls[0]!.outcome).toBe('running')
    await running
  })
})
