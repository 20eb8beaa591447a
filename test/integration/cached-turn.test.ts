import { afterEach, expect, test } from 'vitest'
import { type EngineEvent, llamaEngine, textMessage } from '../../src/index.ts'
import { collect } from '../../src/testing/index.ts'
import { BUILT_IN } from '../e2e/models.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function engineOfTwoSlots() {
  const engine = await llamaEngine({ modelFile: BUILT_IN, contextSizeTokens: 2_048, slots: 2 })
  const over = new AbortController()
  closing.push(async () => {
    over.abort()
    await engine.close()
  })
  await engine.load()
  const begin = async (tenant: string, text: string, wanted: EngineEvent['type'], conversationTag?: Uint8Array) => {
    const request = {
      model: 'auto',
      messages: [textMessage('user', text)],
      maxTokens: 1_000,
      ...(conversationTag && { conversationTag })
    }
    const events = engine.generate(request, { tenant, signal: over.signal })[Symbol.asyncIterator]()
    // Whoever reads no further keeps its slot, or its place.
    for (let event = await events.next(); event.value?.type !== wanted; ) event = await events.next()
  }
  return { engine, begin, queuedMs: () => engine.status()[0]!.queuedMs }
}

test('a turn whose prompt is in the cache waits as the little work that it is', async () => {
  const { engine, begin, queuedMs } = await engineOfTwoSlots()
  const text = 'The river winds through seven valleys. '.repeat(30)
  const first = { model: 'auto', messages: [textMessage('user', text)], maxTokens: 8 }
  const { conversationTag } = (await collect(engine, first, { tenant: 'peer' })).end
  // Speeds come with the next sign of life of the engine's process.
  await expect.poll(async () => (await engine.models())[0]!.prefillTokensPerSecond).toBeGreaterThan(0)
  const [model] = await engine.models()
  await begin('one', 'Hello?', 'delta')
  await begin('two', 'Hello?', 'delta')
  await begin('peer', text, 'accepted', conversationTag)
  const cachedMs = queuedMs()
  await begin('peer', text, 'accepted')
  const unreadMs = queuedMs() - cachedMs
  expect(cachedMs).toBeLessThan(unreadMs)
  // What differs is the prompt alone: as many tokens, each as long as it takes to read one.
  const promptMs = (1_000 * (await promptTokens(engine, text))) / model!.prefillTokensPerSecond
  expect((unreadMs - cachedMs) / promptMs).toBeGreaterThan(0.8)
})

test('a slot that is kept for others is no free one in a quote', async () => {
  const { engine, begin } = await engineOfTwoSlots()
  await collect(
    engine,
    { model: 'auto', messages: [textMessage('user', 'Hello?')], maxTokens: 1 },
    { tenant: 'honest' }
  )
  await begin('greedy', 'Hello?', 'delta')
  const question = { model: 'auto', promptTokens: 20, expectedTokens: 50 }
  const quoteFor = async (tenant: string) => await engine.quote!(question, { tenant })
  expect(await quoteFor('honest')).toMatchObject({ waitMs: 0, slots: { free: 1 } })
  const greedy = await quoteFor('greedy')
  expect(greedy.slots.free).toBe(0)
  expect(greedy.waitMs).toBeGreaterThan(0)
})

async function promptTokens(engine: Awaited<ReturnType<typeof llamaEngine>>, text: string): Promise<number> {
  const counted = await collect(engine, { model: 'auto', messages: [textMessage('user', text)], maxTokens: 0 })
  return counted.end.usage.promptTokens
}
