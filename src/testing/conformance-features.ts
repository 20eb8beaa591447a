import assert from 'node:assert/strict'
import { collect } from './collect.ts'
import type { Bench, TestRunner } from './conformance-subject.ts'

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 20 }, count: { type: 'integer' } },
  required: ['city', 'count']
}

/** What a model claims in its features, and no more than that. */
export function featureTests({ it }: Pick<TestRunner, 'it'>, bench: () => Bench): void {
  const features = async () => await bench().features()

  it('binds an answer to a schema, if it claims to', async () => {
    if (!(await features()).schema) return
    const responseFormat = { type: 'json_schema' as const, schema: SCHEMA }
    const { text, end } = await collect(bench().engine, bench().ask({ responseFormat, maxTokens: 120 }))
    assert.equal(end.finishReason, 'stop')
    const value = JSON.parse(text) as { city: unknown; count: unknown }
    assert.equal(typeof value.city, 'string')
    assert.equal(typeof value.count, 'number')
  })

  it('gives any JSON object when asked for JSON, if it claims schemas', async () => {
    if (!(await features()).schema) return
    const { text, end } = await collect(
      bench().engine,
      bench().ask({ responseFormat: { type: 'json' }, maxTokens: 200, stop: ['}'] })
    )
    assert.ok(text.trimStart().startsWith('{'))
    assert.ok(['stop', 'length'].includes(end.finishReason))
  })

  it('reports log probabilities, if it claims to', async () => {
    const { logprobs } = await features()
    if (logprobs === 0) return
    const { deltas } = await collect(bench().engine, bench().ask({ logprobs: Math.min(2, logprobs), maxTokens: 5 }))
    for (const delta of deltas) {
      assert.equal(delta.logprobs?.length, delta.tokenCount)
      for (const entry of delta.logprobs ?? []) {
        assert.ok(entry.logprob <= 0)
        assert.ok(entry.top.length <= 2)
        assert.ok(entry.top.every(rival => rival.logprob <= 0))
      }
    }
  })

  it('thinks within its budget and counts its thoughts, if it claims to think', async () => {
    if (!(await features()).thoughts) return
    for (const maxThoughtTokens of [0, 3, 12]) {
      const { deltas, thoughts, end } = await collect(bench().engine, bench().ask({ maxThoughtTokens }))
      const { thoughtTokens = 0, completionTokens } = end.usage
      assert.ok(thoughtTokens <= Math.min(maxThoughtTokens, completionTokens))
      if (maxThoughtTokens === 0) assert.equal(thoughts, '')
      const answerAt = deltas.findIndex(delta => delta.channel === 'answer' && delta.text.trim() !== '')
      const after = answerAt < 0 ? [] : deltas.slice(answerAt)
      assert.ok(after.every(delta => delta.channel === 'answer'))
    }
  })

  it('passes a budget for thoughts over, unless it claims to think', async () => {
    if ((await features()).thoughts) return
    const plain = await collect(bench().engine, bench().ask({ maxTokens: 8 }))
    const { thoughts, end, text } = await collect(bench().engine, bench().ask({ maxTokens: 8, maxThoughtTokens: 0 }))
    assert.equal(thoughts, '')
    assert.equal(end.usage.thoughtTokens ?? 0, 0)
    assert.equal(text, plain.text)
  })

  it('goes on where another answer stopped, if it claims to', async () => {
    if (!(await features()).resume) return
    const whole = await collect(bench().engine, bench().ask())
    const count = Math.floor(whole.deltas.length / 2)
    const given = whole.deltas.slice(0, count)
    const resume = {
      text: given.map(delta => (delta.channel === 'answer' ? delta.text : '')).join(''),
      tokenIds: given.flatMap(delta => delta.tokenIds ?? []),
      digest: whole.accepted.model.digest
    }
    const maxTokens = 40 - given.reduce((sum, delta) => sum + delta.tokenCount, 0)
    const rest = await collect(bench().engine, bench().ask({ resume, maxTokens }))
    assert.equal(resume.text + rest.text, whole.text)
  })
}
