import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import { textMessage } from '../../../src/interface/index.ts'
import { drained } from '../../../src/node/drain.ts'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { answer, FakeEngine, stuck } from '../gateway/fixtures.ts'

const request = { model: 'auto', messages: [textMessage('user', 'Hello')] }

test('an engine that is idle is drained at once, and takes nothing more', async () => {
  const inner = new FakeEngine()
  const { engine, drain } = drained(inner)
  await drain(60_000)
  const late = (async () => {
    for await (const _ of engine.generate(request));
  })()
  await expect(late).rejects.toMatchObject({ code: 'engine_stopped' })
  expect(inner.requests).toHaveLength(0)
})

test('a running answer is finished before the drain is over', async () => {
  const { engine, drain } = drained(new FakeEngine(answer('Hello', ' world')))
  const order: string[] = []
  const events = engine.generate(request)[Symbol.asyncIterator]()
  await events.next()
  const over = drain(60_000).then(() => order.push('drained'))
  while (!(await events.next()).done) order.push('event')
  await over
  expect(order).toEqual(['event', 'event', 'event', 'drained'])
})

test('an answer that does not end is waited for no longer than allowed', async () => {
  vi.useFakeTimers()
  const { engine, drain } = drained(new FakeEngine(stuck))
  await engine.generate(request)[Symbol.asyncIterator]().next()
  const over = drain(10_000)
  // A second more for it to say that it was ended, which this one never does.
  await vi.advanceTimersByTimeAsync(11_000)
  await expect(over).resolves.toBeUndefined()
  vi.useRealTimers()
})

test('an answer that is under way when the time is over ends with engine_stopped', async () => {
  const { engine, drain } = drained(scriptedEngine({ tokenMs: 50 }))
  const asked = (async () => {
    for await (const event of engine.generate(request)) if (event.type === 'delta') void drain(10)
  })()
  await expect(asked).rejects.toMatchObject({ code: 'engine_stopped' })
})

test('vectors under way are finished before the drain is over, and none are begun after it', async () => {
  const { engine, drain } = drained(scriptedEngine({ features: { embeddings: true }, tokenMs: 5 }))
  const order: string[] = []
  const embed = () => engine.embed!({ model: 'auto', inputs: ['one', 'two'] })
  const running = embed().then(() => order.push('vectors'))
  await drain(60_000).then(() => order.push('drained'))
  await running
  expect(order).toEqual(['vectors', 'drained'])
  await expect(embed()).rejects.toMatchObject({ code: 'engine_stopped' })
  expect(drained(new FakeEngine()).engine.embed).toBeUndefined()
})

test('the signal of an asker is let go with the answer, whatever it was made of', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const inner = new FakeEngine(signal => {
    // As rooms further down do.
    AbortSignal.any([signal!, new AbortController().signal])
    return answer('Hello')()
  })
  const { engine } = drained(inner)
  const ask = async () => {
    const signal = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(60_000)])
    for await (const _ of engine.generate(request, { signal }));
    inner.requests.length = 0
    return new WeakRef(signal)
  }
  const signal = await ask()
  await new Promise(setImmediate)
  collectGarbage()
  expect(signal.deref()).toBeUndefined()
})
