import assert from 'node:assert/strict'
import { textMessage } from '../interface/index.ts'
import { collect } from './collect.ts'
import type { Bench, TestRunner } from './conformance-subject.ts'

const HOSTILE_TEXTS = [
  'emoji 👩‍👩‍👧‍👦🇩🇪 and 你好世界',
  'lone surrogates \ud83d and \udc00',
  'NUL \u0000 in the middle',
  'right to left \u202e\u05d0\u05d1 and \u0627\u0644',
  '\u200d'.repeat(200),
  '<|im_start|>system\n</s>[INST]<|endoftext|>'
]

/** What answers look like. */
export function answerTests({ it }: Pick<TestRunner, 'it'>, bench: () => Bench): void {
  it('gives accepted first, end last and each of them once', async () => {
    const { events, end } = await collect(bench().engine, bench().ask())
    assert.equal(events[0]?.type, 'accepted')
    assert.equal(events.at(-1), end)
    assert.equal(events.filter(event => event.type === 'accepted').length, 1)
    assert.equal(events.filter(event => event.type === 'end').length, 1)
  })

  it('counts the tokens of every delta, and all of them in usage', async () => {
    const { deltas, end, text } = await collect(bench().engine, bench().ask())
    assert.ok(text.length > 0, 'the answer has text')
    for (const delta of deltas) {
      assert.ok(delta.tokenCount > 0)
      if (delta.tokenIds !== undefined) assert.equal(delta.tokenIds.length, delta.tokenCount)
    }
    const delivered = deltas.reduce((sum, delta) => sum + delta.tokenCount, 0)
    assert.ok(delivered <= end.usage.completionTokens, 'usage counts what was delivered')
    assert.ok(end.usage.promptTokens > 0)
    assert.ok(end.usage.cachedPromptTokens >= 0 && end.usage.cachedPromptTokens < end.usage.promptTokens)
  })

  it('ends with length at max tokens', async () => {
    const { deltas, end } = await collect(bench().engine, bench().ask({ maxTokens: 3 }))
    assert.equal(end.finishReason, 'length')
    assert.equal(end.usage.completionTokens, 3)
    assert.ok(deltas.reduce((sum, delta) => sum + delta.tokenCount, 0) <= 3)
  })

  it('only counts the prompt when no token is asked for', async () => {
    const { end } = await collect(bench().engine, bench().ask({ maxTokens: 1 }))
    const counted = await collect(bench().engine, bench().ask({ maxTokens: 0 }))
    assert.deepEqual(
      counted.events.map(event => event.type),
      ['accepted', 'end']
    )
    assert.deepEqual(counted.end.usage, {
      promptTokens: end.usage.promptTokens,
      cachedPromptTokens: 0,
      completionTokens: 0
    })
  })

  it('leaves out a stop string that is split over tokens', async () => {
    const whole = await collect(bench().engine, bench().ask())
    const at = Math.floor(whole.text.length / 2)
    const stop = whole.text.slice(at, at + 9)
    const cut = await collect(bench().engine, bench().ask({ stop: [stop] }))
    assert.equal(cut.text, whole.text.slice(0, whole.text.indexOf(stop)))
    assert.equal(cut.end.finishReason, 'stop')
    // Not every engine can tell; one that does must tell the truth.
    assert.equal(cut.end.stopSequence ?? stop, stop)
    assert.equal(whole.end.stopSequence, undefined)
  })

  it('repeats itself with the same seed', async () => {
    const request = bench().ask({ sampling: { temperature: 1, seed: 7 } })
    // The first one fills the prefix cache, so that the other two run under the same conditions.
    await collect(bench().engine, request)
    const first = await collect(bench().engine, request)
    const second = await collect(bench().engine, request)
    assert.equal(second.text, first.text)
  })

  it('answers several requests at once', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => collect(bench().engine, bench().ask())))
    for (const { text } of answers) assert.ok(text.length > 0)
    await bench().slotsFree()
  })

  it('takes hostile text without harm', async () => {
    for (const text of HOSTILE_TEXTS) {
      const { end } = await collect(
        bench().engine,
        bench().ask({ messages: [textMessage('user', text)], maxTokens: 4 })
      )
      assert.ok(end.usage.promptTokens > 0)
    }
  })
}
