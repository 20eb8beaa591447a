import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ModelManager } from '../../../src/inference/index.ts'
import { BadModelError, type EngineEvent, quoteOf, textMessage } from '../../../src/interface/index.ts'
import { collect } from '../../../src/testing/index.ts'
import { type PretendEngine, type PretendMemory, pretendEngine } from './loadable-engine.ts'

const ask = (model: string) => ({ model, messages: [textMessage('user', 'Hello')] })
const stateOf = (...engines: PretendEngine[]) => engines.map(engine => engine.info.state)

let memory: PretendMemory
let manager: ModelManager
let log: string[]

function managed(name: string, bytes: number, options: Parameters<typeof pretendEngine>[2] = {}): PretendEngine {
  const engine = pretendEngine(memory, bytes, { name, text: name, ...options })
  manager.add(engine)
  return engine
}

function start(keepAliveMs: number): void {
  log = []
  const note = (_level: string, event: string, fields: Record<string, unknown> = {}) =>
    log.push(`${event} ${fields.model}${fields.reason === undefined ? '' : ` (${fields.reason})`}`)
  manager = new ModelManager({ keepAliveMs, log: note })
}

beforeEach(() => {
  vi.useFakeTimers()
  memory = { freeBytes: 10 }
  start(600_000)
})

afterEach(async () => {
  await manager.close()
  vi.useRealTimers()
})

it('loads a model with the first request for it, once for all who ask', async () => {
  const a = managed('alpha', 4)
  const b = managed('beta', 4)
  expect(await manager.engine.models()).toMatchObject([{ state: 'cold' }, { state: 'cold' }])
  const answers = await Promise.all([1, 2, 3].map(() => collect(manager.engine, ask('alpha'))))
  expect(answers.map(({ text }) => text)).toEqual(['alpha', 'alpha', 'alpha'])
  expect(a.loads).toBe(1)
  expect(stateOf(a, b)).toEqual(['warm', 'cold'])
  expect(log).toEqual(['model:opening alpha'])
})

it('gives a sign of life every second while a model loads, and says once that the request is taken', async () => {
  const engine = managed('alpha', 4)
  const gate = Promise.withResolvers<void>()
  engine.gate = gate.promise
  const events: EngineEvent[] = []
  const answer = (async () => {
    for await (const event of manager.engine.generate(ask('alpha'))) events.push(event)
  })()
  await vi.advanceTimersByTimeAsync(999)
  engine.percent = 40
  await vi.advanceTimersByTimeAsync(2000)
  const phases = events.map(event => (event.type === 'progress' ? `${event.phase} ${event.done}` : event.type))
  expect(phases.slice(0, 2)).toEqual(['accepted', 'loading 0'])
  expect(phases.filter(phase => phase === 'loading 40').length).toBeGreaterThanOrEqual(2)
  gate.resolve()
  await vi.advanceTimersByTimeAsync(1000)
  await answer
  expect(events.filter(event => event.type === 'accepted')).toHaveLength(1)
  expect(events.at(-1)).toMatchObject({ type: 'end' })
})

it('gives no sign of life for a process that loads and gives none itself', async () => {
  const engine = managed('alpha', 4)
  const gate = Promise.withResolvers<void>()
  engine.gate = gate.promise
  engine.signs = 1
  const events: EngineEvent[] = []
  const answer = (async () => {
    for await (const event of manager.engine.generate(ask('alpha'))) events.push(event)
  })()
  await vi.advanceTimersByTimeAsync(3_000)
  const heard = () => events.filter(({ type }) => type === 'progress').length
  expect(heard()).toBe(1)
  engine.signs = 2
  await vi.advanceTimersByTimeAsync(1_000)
  expect(heard()).toBe(2)
  gate.resolve()
  await vi.advanceTimersByTimeAsync(1_000)
  await answer
})

it('quotes what the engine knows of its caches, and nothing good of a model that is served no more', async () => {
  const engine = managed('alpha', 4)
  const asked: unknown[] = []
  engine.quote = async (request, options) => {
    asked.push([request.conversationTag, options?.tenant])
    return { ...quoteOf(request, { model: engine.info }), cachedTokens: 90 }
  }
  const question = { model: 'alpha', promptTokens: 100, expectedTokens: 10, conversationTag: new Uint8Array([1]) }
  const quote = await manager.engine.quote!(question, { tenant: 'a peer' })
  expect(quote).toMatchObject({ status: 'ok', cachedTokens: 90 })
  expect(asked).toEqual([[question.conversationTag, 'a peer']])
  engine.fileProblem = new BadModelError('the file is gone')
  await manager.checkFiles()
  expect(await manager.engine.quote!(question, {})).toMatchObject({ status: 'engine_stopped', cachedTokens: 0 })
})

it('unloads a model that is idle for its time, which status tells, and begins anew with each request', async () => {
  const engine = managed('alpha', 4)
  await collect(manager.engine, ask('alpha'))
  expect(manager.engine.status()).toMatchObject([{ expiresAtMs: Date.now() + 600_000 }])
  await vi.advanceTimersByTimeAsync(599_000)
  await collect(manager.engine, ask('alpha'))
  await vi.advanceTimersByTimeAsync(599_000)
  expect(stateOf(engine)).toEqual(['warm'])
  await vi.advanceTimersByTimeAsync(2000)
  expect(stateOf(engine)).toEqual(['cold'])
  expect(manager.engine.status()[0]).not.toHaveProperty('expiresAtMs')
  expect(memory.freeBytes).toBe(10)
  expect(log).toEqual(['model:opening alpha', 'model:unloaded alpha (idle)'])
  expect((await collect(manager.engine, ask('alpha'))).text).toBe('alpha')
})

it.each([
  [0, 'cold'],
  [Number.POSITIVE_INFINITY, 'warm']
])('with a time of %d ms a model is %s in the end', async (keepAliveMs, state) => {
  start(keepAliveMs)
  const engine = managed('alpha', 4)
  await collect(manager.engine, ask('alpha'))
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(stateOf(engine)).toEqual([state])
})

it('unloads the model that was used longest ago when another one needs the memory', async () => {
  const [a, b, c] = [managed('alpha', 4), managed('beta', 4), managed('gamma', 4)]
  for (const name of ['alpha', 'beta', 'alpha', 'gamma']) {
    await collect(manager.engine, ask(name))
    await vi.advanceTimersByTimeAsync(10)
  }
  expect(stateOf(a!, b!, c!)).toEqual(['warm', 'cold', 'warm'])
  expect(log).toContain('model:unloaded beta (gamma needs the memory)')
})

it('never unloads a model at work; the refusal has the numbers and who is at work, and is over when that is', async () => {
  const a = managed('alpha', 8)
  const b = managed('beta', 8)
  const answer = manager.engine.generate(ask('alpha'))[Symbol.asyncIterator]()
  await answer.next()
  await expect(collect(manager.engine, ask('beta'))).rejects.toMatchObject({
    code: 'insufficient_memory',
    message: 'it needs 8, but only 2 are free; at work: alpha'
  })
  expect(stateOf(a, b)).toEqual(['warm', 'cold'])
  await answer.return?.()
  expect((await collect(manager.engine, ask('beta'))).text).toBe('beta')
  expect(stateOf(a, b)).toEqual(['cold', 'warm'])
})

it('unloads nothing for a model that is too large for the machine, however often it is asked for', async () => {
  const a = managed('alpha', 4)
  const b = managed('beta', 40)
  await collect(manager.engine, ask('alpha'))
  for (let time = 0; time < 2; time++) {
    await expect(collect(manager.engine, ask('beta'))).rejects.toMatchObject({ code: 'insufficient_memory' })
  }
  expect(stateOf(a, b)).toEqual(['warm', 'failed'])
  expect(b.loads).toBe(1)
})

it('keeps a model for vectors beside one for chat', async () => {
  const chat = managed('talker', 4)
  const vectors = managed('vectors', 4, { features: { chat: false, embeddings: true } })
  await collect(manager.engine, ask('auto'))
  const result = await manager.engine.embed!({ model: 'auto', inputs: ['one'] })
  expect(result.model.name).toBe('vectors')
  expect(stateOf(chat, vectors)).toEqual(['warm', 'warm'])
})

it('shares the cores among the models at work', async () => {
  const [a, b] = [managed('alpha', 4), managed('beta', 4)]
  const first = manager.engine.generate(ask('alpha'))[Symbol.asyncIterator]()
  await first.next()
  const second = manager.engine.generate(ask('beta'))[Symbol.asyncIterator]()
  await second.next()
  expect([a!.shares.at(-1), b!.shares.at(-1)]).toEqual([2, 2])
  await first.return?.()
  expect([a!.shares.at(-1), b!.shares.at(-1)]).toEqual([2, 1])
  await second.return?.()
})

it('case 44: a model whose file is gone is withdrawn, said why, and back with its file', async () => {
  const engine = managed('alpha', 4)
  engine.fileProblem = new BadModelError('not a usable GGUF: alpha.gguf cannot be read (ENOENT)')
  await vi.advanceTimersByTimeAsync(3001)
  expect(await manager.engine.models()).toMatchObject([{ state: 'failed' }])
  await expect(collect(manager.engine, ask('alpha'))).rejects.toMatchObject({
    code: 'bad_model',
    message: expect.stringContaining('alpha.gguf cannot be read')
  })
  engine.fileProblem = undefined
  await vi.advanceTimersByTimeAsync(3001)
  expect((await collect(manager.engine, ask('alpha'))).text).toBe('alpha')
})

it('lets a model go that is removed: no new request, the running ones to their end', async () => {
  const engine = managed('alpha', 4)
  const close = vi.spyOn(engine, 'close')
  const answer = manager.engine.generate(ask('alpha'))[Symbol.asyncIterator]()
  await answer.next()
  await manager.remove(engine.info.digest)
  await expect(collect(manager.engine, ask('alpha'))).rejects.toMatchObject({ code: 'model_not_found' })
  expect(close).not.toHaveBeenCalled()
  let last: EngineEvent | undefined
  for (let next = await answer.next(); !next.done; next = await answer.next()) last = next.value
  expect(last).toMatchObject({ type: 'end' })
  expect(close).toHaveBeenCalledOnce()
})

it('an asker who leaves while the model loads is told at once, and so is one whose time is over', async () => {
  const engine = managed('alpha', 4)
  engine.gate = new Promise(() => undefined)
  const leaving = new AbortController()
  const left = collect(manager.engine, ask('alpha'), { signal: leaving.signal })
  const expectLeft = expect(left).rejects.toMatchObject({ code: 'aborted' })
  await vi.advanceTimersByTimeAsync(100)
  leaving.abort()
  await expectLeft
  vi.useRealTimers()
  const late = collect(manager.engine, { ...ask('alpha'), deadlineMs: 20 })
  await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' })
})
