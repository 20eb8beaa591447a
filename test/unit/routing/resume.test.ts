import { describe, expect, it } from 'vitest'
import { type DeltaEvent, type EngineEvent, errorFromCode } from '../../../src/interface/index.ts'
import { DIGEST, localModel } from './fixtures.ts'
import { busy, networkBench } from './network-bench.ts'

const FEATURES = { chat: true, schema: true, tools: true, resume: true, logprobs: 0 }
const OTHER = 'cd'.repeat(32)
const model = { features: FEATURES, parameterCount: 1_000 }
const lost = errorFromCode('provider_lost', 'the line broke')

function accepted(digest = DIGEST): EngineEvent {
  return { type: 'accepted', queuePosition: 0, model: { name: 'm', digest }, contextSizeTokens: 2048 }
}

function delta(text: string, ids: number[], rest: Partial<DeltaEvent> = {}): DeltaEvent {
  return { type: 'delta', channel: 'answer', text, tokenCount: ids.length, tokenIds: ids, ...rest }
}

function end(completionTokens: number): EngineEvent {
  return {
    type: 'end',
    finishReason: 'stop',
    usage: { promptTokens: 5, cachedPromptTokens: 0, completionTokens },
    timings: { queuedMs: 0, prefillMs: 0, decodeMs: 0 }
  }
}

const FIRST = { events: [accepted(), delta('Once', [1]), delta(' upon', [2, 3])], error: lost, model }
const SECOND = { events: [accepted(), delta(' a time', [4, 5]), end(2)], model }

function textOf(events: readonly EngineEvent[]): string {
  return events.map(event => (event.type === 'delta' ? event.text : '')).join('')
}

describe('an answer whose provider is lost', () => {
  it('goes on at a peer with the same file, by ids, and the end counts the whole', async () => {
    const bench = networkBench({ a: FIRST, b: SECOND })
    const { events, error } = await bench.run({ maxTokens: 10, sampling: { temperature: 0, seed: 7 } })
    expect(error).toBeUndefined()
    expect(textOf(events)).toBe('Once upon a time')
    expect(bench.asked[1]).toMatchObject({
      peer: 'b',
      request: {
        model: DIGEST,
        maxTokens: 7,
        sampling: { temperature: 0, seed: 7 },
        resume: { text: 'Once upon', tokenIds: [1, 2, 3], digest: DIGEST }
      }
    })
    expect(events.filter(event => event.type === 'accepted')).toMatchObject([
      { provider: { peerId: 'a' } },
      { provider: { peerId: 'b' } }
    ])
    expect(events.at(-1)).toMatchObject({
      usage: { promptTokens: 5, completionTokens: 5 },
      attempts: [
        { peerId: 'a', outcome: 'provider_lost' },
        { peerId: 'b', outcome: 'ok' }
      ]
    })
    expect(bench.suspects.has('a')).toBe(true)
  })

  it('goes on behind what the caller gave already', async () => {
    const bench = networkBench({ a: FIRST, b: SECOND })
    const given = { text: 'Well. ', tokenIds: [9, 8], digest: DIGEST }
    await bench.run({ resume: given })
    expect(bench.asked[1]?.request.resume).toEqual({
      text: 'Well. Once upon',
      tokenIds: [9, 8, 1, 2, 3],
      digest: DIGEST
    })
  })

  it('prefers the same file over another quantization, whatever the rank', async () => {
    const quantized = { ...SECOND, model: { ...model, digest: OTHER, quantization: 'Q8_0', name: 'smollm2:135m-q8_0' } }
    const bench = networkBench({ a: FIRST, b: quantized, c: SECOND })
    await bench.run()
    expect(bench.asked.map(({ peer }) => peer)).toEqual(['a', 'c'])
  })

  it('takes another quantization by text, and the events say so', async () => {
    const events = [accepted(OTHER), delta(' a time', [40]), end(1)]
    const quantized = { events, model: { ...model, digest: OTHER, quantization: 'Q8_0', name: 'smollm2:135m-q8_0' } }
    const bench = networkBench({ a: FIRST, b: quantized })
    const run = await bench.run()
    expect(run.error).toBeUndefined()
    expect(textOf(run.events)).toBe('Once upon a time')
    expect(bench.asked[1]?.request).toMatchObject({ model: OTHER, resume: { text: 'Once upon' } })
    expect(run.events.filter(event => event.type === 'accepted').at(-1)).toMatchObject({ model: { digest: OTHER } })
  })

  it.each([
    ['with another quantization, if only the same file may', { resume: 'same' as const }, 'smollm2:135m-q8_0', 1_000],
    ['anywhere, if nobody may', { resume: 'never' as const }, 'smollm2:135m-q8_0', 1_000],
    ['with another model', {}, 'qwen3:135m-q8_0', 1_000],
    ['with another size of the model', {}, 'smollm2:135m-q8_0', 999]
  ])('does not go on %s', async (_, route, name, parameterCount) => {
    const features = { ...FEATURES }
    const other = { ...SECOND, model: { features, digest: OTHER, quantization: 'Q8_0', name, parameterCount } }
    // It does not come back either: the line stays cut.
    const bench = networkBench({ a: { ...FIRST, again: { error: lost } }, b: other })
    const { events, error } = await bench.run({}, { route })
    expect(error?.code).toBe('provider_lost')
    expect(error?.details.attempts?.[0]).toEqual({ peerId: 'a', outcome: 'provider_lost' })
    expect(textOf(events)).toBe('Once upon')
    expect(bench.asked.map(({ peer }) => peer)).not.toContain('b')
  })

  it('in the middle of a thought or of a call goes on by ids, and never by text alone', async () => {
    const call = { toolCalls: [{ id: 'c', name: 'look', arguments: '{"a' }] }
    const events = [accepted(), delta('hm', [1], { channel: 'thought' }), delta('', [2], call)]
    const quantized = { ...SECOND, model: { ...model, digest: OTHER, quantization: 'Q8_0', name: 'smollm2:135m-q8_0' } }
    const both = networkBench({ a: { ...FIRST, events }, b: quantized, c: SECOND })
    const { events: got } = await both.run()
    expect(both.asked[1]).toMatchObject({ peer: 'c', request: { resume: { text: '', tokenIds: [1, 2] } } })
    expect(got.at(-1)).toMatchObject({ usage: { completionTokens: 4, thoughtTokens: 1 } })
  })

  it('waits for a busy one in the middle, which costs no attempt', async () => {
    const bench = networkBench({ a: { ...FIRST, again: busy(5) }, b: { ...busy(5), model, again: SECOND } })
    const { events, error } = await bench.run()
    expect(error).toBeUndefined()
    expect(textOf(events)).toBe('Once upon a time')
  })

  it('comes back to the one that was lost when there is no other', async () => {
    const bench = networkBench({ a: { ...FIRST, again: SECOND } })
    const { events, error } = await bench.run()
    expect(error).toBeUndefined()
    expect(textOf(events)).toBe('Once upon a time')
    expect(bench.asked.map(({ peer }) => peer)).toEqual(['a', 'a'])
  })

  it('asks the next one when somebody cannot go on, even if it calls the request wrong', async () => {
    const refusing = { error: errorFromCode('context_length_exceeded', 'too long for me'), model }
    const bench = networkBench({ a: FIRST, b: refusing, c: SECOND })
    const { events, error } = await bench.run()
    expect(error).toBeUndefined()
    expect(textOf(events)).toBe('Once upon a time')
  })

  it('a peer that goes on with another model than it advertised is left', async () => {
    const liar = { events: [accepted(OTHER), delta('!', [1]), end(1)], model }
    const bench = networkBench({ a: FIRST, b: liar, c: SECOND })
    const { events } = await bench.run()
    expect(textOf(events)).toBe('Once upon a time')
    expect(bench.suspects.has('b')).toBe(true)
  })

  it('goes on a bounded number of times', async () => {
    const one = { events: [accepted(), delta('x', [1])], error: lost, model }
    const bench = networkBench(Object.fromEntries([...'abcdefghijklmno'].map(peer => [peer, one])))
    const { events, error } = await bench.run()
    expect(error?.code).toBe('provider_lost')
    expect(bench.asked).toHaveLength(9)
    expect(textOf(events)).toBe('x'.repeat(9))
  })

  it('a model of this machine goes on with what a peer began', async () => {
    const own = localModel({ features: FEATURES, builtIn: true })
    const bench = networkBench({ a: FIRST }, { local: [[own, SECOND]] })
    const { events } = await bench.run()
    expect(textOf(events)).toBe('Once upon a time')
    expect(events.at(-1)).toMatchObject({ attempts: [{ peerId: 'a' }, { peerId: 'self', outcome: 'ok' }] })
  })
})
