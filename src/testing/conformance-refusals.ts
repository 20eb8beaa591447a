import assert from 'node:assert/strict'
import { textMessage } from '../interface/index.ts'
import { collect } from './collect.ts'
import { type Bench, expectCode, type TestRunner } from './conformance-subject.ts'

/** What an engine refuses, and how a request ends before its answer does. */
export function refusalTests({ it }: Pick<TestRunner, 'it'>, bench: () => Bench): void {
  it('does not know an unknown model, and names near ones', async () => {
    const { details } = await expectCode('model_not_found', () =>
      collect(bench().engine, bench().ask({ model: 'no-such-model' }))
    )
    assert.ok(Array.isArray(details.suggestions) && details.suggestions.length > 0)
  })

  it('refuses a request without messages', async () => {
    const { details } = await expectCode('invalid_request', () =>
      collect(bench().engine, bench().ask({ messages: [] }))
    )
    assert.equal(details.field, 'messages')
  })

  it('refuses a prompt that does not fit, with both numbers', async () => {
    const contextSizeTokens = await bench().contextSizeTokens()
    const messages = [textMessage('user', 'word '.repeat(contextSizeTokens + 10))]
    const { details } = await expectCode('context_length_exceeded', () =>
      collect(bench().engine, bench().ask({ messages }))
    )
    assert.ok(Number(details.promptTokens) > contextSizeTokens)
    assert.equal(details.contextSizeTokens, contextSizeTokens)
    await bench().slotsFree()
  })

  it('refuses numbers without meaning', async () => {
    for (const sampling of [{ temperature: -1 }, { temperature: 99 }, { topP: 0 }, { topK: 1e9 }, { seed: 2 ** 60 }]) {
      await expectCode('invalid_request', () => collect(bench().engine, bench().ask({ sampling })))
    }
    await expectCode('invalid_request', () => collect(bench().engine, bench().ask({ stop: [''] })))
    await expectCode('invalid_request', () => collect(bench().engine, bench().ask({ maxTokens: -1 })))
  })

  it('is aborted before it begins', async () => {
    const options = { signal: AbortSignal.abort() }
    await expectCode('aborted', () => collect(bench().engine, bench().ask(), options))
  })

  it('frees the slot when it is aborted in the middle of an answer', async () => {
    const controller = new AbortController()
    await expectCode('aborted', async () => {
      for await (const event of bench().engine.generate(bench().ask(), { signal: controller.signal })) {
        if (event.type === 'delta') controller.abort()
      }
    })
    await bench().slotsFree()
  })

  it('frees the slot when it is aborted in the middle of a prompt', async () => {
    const contextSizeTokens = await bench().contextSizeTokens()
    const messages = [textMessage('user', `${Math.random()} word`.repeat(Math.floor(contextSizeTokens / 30)))]
    const controller = new AbortController()
    const run = async () => {
      for await (const event of bench().engine.generate(bench().ask({ messages }), { signal: controller.signal })) {
        if (event.type === 'accepted') setTimeout(() => controller.abort(), 5)
        // A fast engine is through the prompt before that; then the answer is aborted.
        if (event.type === 'delta') controller.abort()
      }
    }
    await expectCode('aborted', run)
    await bench().slotsFree()
  })

  it('frees the slot when the reader leaves the loop', async () => {
    for await (const event of bench().engine.generate(bench().ask())) if (event.type === 'delta') break
    await bench().slotsFree()
  })

  it('does nothing until it is read', async () => {
    const before = bench().engine.status()[0]!.slots.busy
    bench().engine.generate(bench().ask())
    await new Promise(resolve => setTimeout(resolve, 20))
    assert.equal(bench().engine.status()[0]!.slots.busy, before)
  })

  it('ends at its deadline', async () => {
    const run = async () => {
      const request = bench().ask({ deadlineMs: 1, maxTokens: 100_000, stop: ['\u0001never'] })
      await collect(bench().engine, request)
    }
    await expectCode('deadline_exceeded', run)
    await bench().slotsFree()
  })
}
