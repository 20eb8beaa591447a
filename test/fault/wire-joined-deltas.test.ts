import { describe, expect, it } from 'vitest'
import type { DeltaEvent, EngineEvent } from '../../src/interface/index.ts'
import { MAX_EVENT_FRAME_BYTES } from '../../src/protocols/infer/constants.ts'
import { encodeEvent } from '../../src/protocols/infer/event-codec.ts'
import { joinDeltas } from '../../src/protocols/infer/join-deltas.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { ACCEPTED, delta, end } from './support/frames.ts'
import { expectWithin } from './support/within.ts'

const JOIN_MS = 40
const LOGPROB = { token: 'token', logprob: -0.5, top: Array(5).fill({ token: 'another token', logprob: -2 }) }

interface Timed {
  event: EngineEvent
  atMs: number
}

async function joinedOf(source: AsyncIterable<EngineEvent>): Promise<Timed[]> {
  const startedAtMs = performance.now()
  const seen: Timed[] = []
  for await (const event of joinDeltas(source, JOIN_MS)) seen.push({ event, atMs: performance.now() - startedAtMs })
  return seen
}

/** Events, each after a pause. */
async function* paced(...steps: [number, EngineEvent][]): AsyncGenerator<EngineEvent> {
  for (const [pauseMs, event] of steps) {
    if (pauseMs > 0) await new Promise(resolve => setTimeout(resolve, pauseMs))
    yield event
  }
}

async function* at(events: EngineEvent[]): AsyncGenerator<EngineEvent> {
  yield* events
}

const textsOf = (seen: Timed[]) => seen.map(({ event }) => (event.type === 'delta' ? event.text : event.type))

describe('joined deltas', () => {
  expectNoEscapedErrors()

  it('pass the first at once, and the later ones of a burst as one, ids and counts together', async () => {
    const seen = await joinedOf(at([ACCEPTED, delta('a', [1]), delta('b', [2, 3]), delta('c', [4]), end(4)]))
    expect(textsOf(seen)).toEqual(['accepted', 'a', 'bc', 'end'])
    expect(seen[2]?.event).toMatchObject({ tokenCount: 3, tokenIds: [2, 3, 4] })
  })

  it('wait 40 ms for company, and no longer', async () => {
    const seen = await joinedOf(
      paced([0, delta('a')], [0, delta('b')], [15, delta('c')], [200, delta('d')], [0, end(4)])
    )
    expect(textsOf(seen)).toEqual(['a', 'bc', 'd', 'end'])
    expectWithin(seen[0]!.atMs, 15)
    expect(seen[1]?.atMs).toBeGreaterThanOrEqual(JOIN_MS - 5)
    expectWithin(seen[1]!.atMs, 120)
    expect(seen[3]!.atMs).toBeGreaterThanOrEqual(210)
  })

  it('keep their order with whatever is between them', async () => {
    const progress: EngineEvent = { type: 'progress', phase: 'decoding', done: 1, total: 9 }
    const thought: DeltaEvent = { type: 'delta', channel: 'thought', text: 't', tokenCount: 1, tokenIds: [9] }
    const seen = await joinedOf(at([delta('a'), delta('b'), progress, delta('c'), thought, delta('d'), end(5)]))
    expect(textsOf(seen)).toEqual(['a', 'b', 'progress', 'c', 't', 'd', 'end'])
  })

  it('give out what was held before an error, and then the error', async () => {
    const source = (async function* () {
      yield* [delta('a'), delta('b'), delta('c')]
      throw new Error('broken')
    })()
    const seen: string[] = []
    const run = async () => {
      for await (const event of joinDeltas(source, JOIN_MS)) if (event.type === 'delta') seen.push(event.text)
    }
    await expect(run()).rejects.toThrow('broken')
    expect(seen).toEqual(['a', 'bc'])
  })

  it('do not join ids with a text that has none', async () => {
    const bare: DeltaEvent = { type: 'delta', channel: 'answer', text: 'x', tokenCount: 1 }
    const seen = await joinedOf(at([delta('a'), delta('b'), bare, bare, delta('c')]))
    expect(textsOf(seen)).toEqual(['a', 'b', 'xx', 'c'])
    expect(seen[2]?.event).not.toHaveProperty('tokenIds')
  })

  it.each<[string, DeltaEvent]>([
    ['text', { type: 'delta', channel: 'answer', text: ' token', tokenCount: 1, tokenIds: [0xffffff] }],
    [
      'log probabilities',
      { type: 'delta', channel: 'answer', text: 'x', tokenCount: 1, tokenIds: [1], logprobs: [LOGPROB] }
    ],
    [
      'tool calls',
      {
        type: 'delta',
        channel: 'answer',
        text: '',
        tokenCount: 1,
        tokenIds: [1],
        toolCalls: [{ id: 'c', name: 'look', arguments: 'x'.repeat(500) }]
      }
    ]
  ])('stay within a frame when an engine gives 5,000 tokens with %s at once', async (_, token) => {
    const seen = await joinedOf(at([...Array(5_000).fill(token), end(5_000)]))
    expect(seen.length).toBeLessThan(2_000)
    for (const { event } of seen) expect(encodeEvent(event).byteLength).toBeLessThan(MAX_EVENT_FRAME_BYTES)
    const tokens = seen.reduce((sum, { event }) => sum + (event.type === 'delta' ? event.tokenCount : 0), 0)
    expect(tokens).toBe(5_000)
  })

  it('end the source when the reader leaves, while a token is awaited too', async () => {
    let ended = false
    const source = (async function* () {
      try {
        yield delta('a')
        yield delta('b')
        await new Promise(resolve => setTimeout(resolve, 60))
        yield delta('c')
      } finally {
        ended = true
      }
    })()
    for await (const event of joinDeltas(source, 10)) if (event.type === 'delta' && event.text === 'b') break
    expect(ended).toBe(true)
  })

  it('let a late failure of the source rest when the reader has left', async () => {
    const source = (async function* () {
      yield* [delta('a'), delta('b')]
      await new Promise(resolve => setTimeout(resolve, 30))
      throw new Error('too late')
    })()
    for await (const event of joinDeltas(source, 10)) if (event.type === 'delta' && event.text === 'b') break
    await new Promise(resolve => setTimeout(resolve, 40))
  })
})
