import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type EngineEvent, errorFromCode, textMessage } from '../../../src/interface/index.ts'
import { answerEvents, DIGEST } from './fixtures.ts'
import { networkBench, type Script } from './network-bench.ts'

const FEATURES = { chat: true, schema: true, tools: true, resume: true, logprobs: 0 }
const model = { features: FEATURES, parameterCount: 1_000 }
const answering = (name: string, quote?: Script['quote']): Script => ({
  events: answerEvents(`from ${name}`),
  model,
  ...(quote && { quote })
})

function textOf(events: readonly EngineEvent[]): string {
  return events.map(event => (event.type === 'delta' ? event.text : '')).join('')
}

function words(count: number, completionTokens: number): EngineEvent[] {
  const [accepted, , end] = answerEvents()
  const deltas = Array.from({ length: count }, (_, index) => ({
    type: 'delta' as const,
    channel: 'answer' as const,
    text: `${index} `,
    tokenCount: 1,
    tokenIds: [index]
  }))
  return [
    accepted!,
    ...deltas,
    { ...end!, usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens } } as EngineEvent
  ]
}

/** Time that a test moves itself, for waits of seconds. */
function fakeTime(): void {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

describe('choosing among providers of one model', () => {
  it('tells for which length its bound is meant, learnt from the answers of the session', async () => {
    const script: Script = { events: words(3, 3), quote: { firstTokenMs: 10 } }
    const bench = networkBench({ a: script, b: script })
    for (let turn = 0; turn < 3; turn++) await bench.run({ sessionId: 'short' })
    const lengths = bench.asked.map(({ request }) => request.acceptIf?.expectedTokens ?? 0)
    expect(lengths[0]).toBe(230)
    expect(lengths[1]).toBeLessThan(180)
    expect(lengths[2]).toBeLessThan(lengths[1]!)
    await bench.run({ sessionId: 'short', maxTokens: 2 })
    expect(bench.asked.at(-1)?.request.acceptIf?.expectedTokens).toBe(2)
  })

  it('takes the one with the best quote, whatever the adverts said', async () => {
    const bench = networkBench({
      a: answering('a', { firstTokenMs: 60_000 }),
      b: answering('b', { firstTokenMs: 9_000 }),
      c: answering('c', { firstTokenMs: 50 })
    })
    const { events, error } = await bench.run()
    expect(error).toBeUndefined()
    expect(textOf(events)).toBe('from c')
    // Whoever refused its condition is asked for nothing more.
    expect(new Set(bench.quoted).size).toBe(bench.quoted.length)
  })

  it('gives a request on a condition at once, and the refusal costs nobody a strike and no attempt', async () => {
    const bench = networkBench({
      a: answering('a', { firstTokenMs: 600_000 }),
      b: answering('b', { firstTokenMs: 600_000 }),
      c: answering('c', { firstTokenMs: 50 })
    })
    const { events } = await bench.run()
    expect(textOf(events)).toBe('from c')
    const first = bench.asked[0]!
    if (first.peer !== 'c') {
      expect(first.request.acceptIf?.totalMs).toBeGreaterThan(0)
      expect(bench.suspects.isResting(first.peer)).toBe(false)
      expect(events.at(-1)).toMatchObject({ attempts: [{ peerId: 'c', outcome: 'ok' }] })
    }
  })

  it('goes by adverts where nobody gives quotes', async () => {
    const bench = networkBench({ a: answering('a'), b: answering('b') })
    const { events, error } = await bench.run()
    expect(error).toBeUndefined()
    expect(textOf(events)).toMatch(/^from [ab]$/)
    expect(bench.asked[0]?.request.acceptIf).toBeUndefined()
  })

  it('a provider that does not know conditions is asked without one', async () => {
    const old = errorFromCode('unsupported_feature', 'no conditions here', { field: 'accept_if' })
    const bench = networkBench({
      a: { error: old, model, quote: {}, again: answering('a') },
      b: { error: old, model, quote: {}, again: answering('b') }
    })
    const { events, error } = await bench.run()
    expect(error).toBeUndefined()
    expect(textOf(events)).toMatch(/^from [ab]$/)
  })

  it('keeps to a price, and says so when nobody does', async () => {
    const bench = networkBench({
      a: answering('a', { pricePerKiloToken: 9 }),
      b: answering('b', { pricePerKiloToken: 3 }),
      c: answering('c', { pricePerKiloToken: 9 })
    })
    const { events } = await bench.run({}, { route: { maxPricePerKiloToken: 5 } })
    expect(textOf(events)).toBe('from b')
    expect(bench.asked.at(-1)?.request.acceptIf).toMatchObject({ pricePerKiloToken: 5 })
    const { error } = await bench.run({}, { route: { maxPricePerKiloToken: 2 } })
    expect(error).toMatchObject({ code: 'no_provider', message: expect.stringContaining('2 micro-credits') })
  })

  it.each(['rec', 'fair', 'cheap', 'lru', 'nataris', 'random'])('answers by the policy %s', async policy => {
    const bench = networkBench({ a: answering('a', {}), b: answering('b', {}) }, { policy })
    expect(textOf((await bench.run()).events)).toMatch(/^from [ab]$/)
  })

  it('refuses a policy that is none', () => {
    expect(() => networkBench({}, { policy: 'best' })).toThrowError(
      expect.objectContaining({ code: 'invalid_request', details: expect.objectContaining({ field: 'policy' }) })
    )
  })

  it('the next turn goes to the one that has the conversation in its cache, with its own tag', async () => {
    const tag = Uint8Array.of(1, 2, 3)
    const events = answerEvents('Paris.').map(event =>
      event.type === 'end' ? { ...event, conversationTag: tag } : event
    )
    const bench = networkBench(
      Object.fromEntries([...'abcdef'].map(peer => [peer, { events, model, quote: { firstTokenMs: 200 } }]))
    )
    const first = [textMessage('user', 'What is the capital of France?')]
    const answered = (await bench.run({ messages: first })).events.at(-1)
    const peer = (answered as { attempts: { peerId: string }[] }).attempts.at(-1)!.peerId
    for (let turn = 0; turn < 5; turn++) {
      bench.asked.length = 0
      const messages = [...first, textMessage('assistant', ' Paris. '), textMessage('user', `And of country ${turn}?`)]
      await bench.run({ messages })
      expect(bench.asked[0]).toMatchObject({ peer, request: { conversationTag: tag } })
    }
    // Another conversation is nobody's in particular, and a tag goes to nobody else.
    bench.asked.length = 0
    await bench.run({ messages: [textMessage('user', 'Something else?')] })
    expect(bench.asked.every(({ request }) => request.conversationTag === undefined)).toBe(true)
  })

  it('expects answers as long as those that it got', async () => {
    const long: Script = { events: words(900, 900), model, quote: { firstTokenMs: 10 } }
    const bench = networkBench({ a: long, b: long })
    const bound = async (turn: number) => {
      bench.asked.length = 0
      await bench.run({ messages: [textMessage('user', `Question ${turn}`)] })
      return bench.asked[0]!.request.acceptIf!.totalMs!
    }
    const first = await bound(0)
    for (let turn = 1; turn < 10; turn++) await bound(turn)
    expect(await bound(10)).toBeGreaterThan(1.3 * first)
  })

  it('case 27: of a hundred keys on one address exactly 3 are among 10 candidates, and get no more than their share', async () => {
    const sybils = Array.from({ length: 100 }, (_, index) => [
      `sybil${index}`,
      { ...answering('a sybil'), remoteAddress: '/ip4/203.0.113.7/tcp/1' }
    ])
    const honest = Array.from({ length: 7 }, (_, index) => [
      `honest${index}`,
      { ...answering('an honest one'), remoteAddress: `/ip4/198.51.${index}.1/tcp/1` }
    ])
    const bench = networkBench(Object.fromEntries([...sybils, ...honest]), { policy: 'random' })
    let fooled = 0
    for (let turn = 0; turn < 200; turn++) if (textOf((await bench.run()).events) === 'from a sybil') fooled++
    // In 200 draws of 10 each one comes up, but for one run in a hundred million.
    const asked = [...new Set(bench.asked.map(({ peer }) => peer))]
    expect(asked).toHaveLength(10)
    expect(asked.filter(peer => peer.startsWith('sybil'))).toHaveLength(3)
    // 3 of 10 is 60 of 200; five standard deviations above are 93.
    expect(fooled).toBeLessThan(93)
    expect(fooled).toBeGreaterThan(0)
  })
})

describe('a provider that is late or slow', () => {
  it('is helped by a second one before the first token, which wins; the first is stopped and not blamed', async () => {
    fakeTime()
    const bench = networkBench({
      a: { events: answerEvents('late'), delayMs: 600_000, model, quote: { firstTokenMs: 100 } },
      b: { events: answerEvents('late'), delayMs: 600_000, model, quote: { firstTokenMs: 100 } },
      c: { events: answerEvents('late'), delayMs: 600_000, model, quote: { firstTokenMs: 100 }, again: answering('c') }
    })
    const running = bench.run()
    await vi.advanceTimersByTimeAsync(700_000)
    const { error } = await running
    // Two at most work at a time, and the one that was first has won.
    expect(error).toBeUndefined()
    expect(bench.asked.length).toBeGreaterThanOrEqual(2)
    expect(bench.outcomes.filter(({ outcome }) => outcome === 'ok')).toHaveLength(1)
    expect([...'abc'].some(peer => bench.suspects.has(peer))).toBe(false)
  })

  it('waits in two queues, and the one that starts first has it; the other queue is left, without a hedge', async () => {
    fakeTime()
    const [accepted, delta, end] = answerEvents('here')
    const inPhase = (phase: 'queued' | 'prefill'): EngineEvent => ({ type: 'progress', phase, done: 0, total: 0 })
    const waiting = { ...accepted!, queuePosition: 1 } as EngineEvent
    const events = [waiting, inPhase('queued'), inPhase('prefill'), delta!, end!]
    // More than the condition allows, so that the quotes decide.
    const quote = { waitMs: 20_000, firstTokenMs: 20_100 }
    const bench = networkBench({
      a: { events, eventMs: 30_000, model, quote },
      b: { events, eventMs: 1_000, model, quote }
    })
    const seen: EngineEvent[] = []
    const running = bench.run().then(run => void seen.push(...run.events))
    await vi.advanceTimersByTimeAsync(10_000)
    await running
    expect(textOf(seen)).toBe('here')
    expect(seen.filter(({ type }) => type === 'accepted')).toHaveLength(1)
    expect(seen.at(-1)).toMatchObject({ attempts: expect.arrayContaining([{ peerId: 'b', outcome: 'ok' }]) })
    expect(bench.outcomes).toContainEqual({ peerId: 'a', outcome: 'aborted' })
    expect(bench.suspects.has('a')).toBe(false)
  })

  it('waits in one queue where the other would take much longer', async () => {
    fakeTime()
    const quotes = [30_000, 90_000].map(ms => ({ waitMs: ms, firstTokenMs: ms, decodeTokensPerSecond: 1_000 }))
    const bench = networkBench({
      a: { events: answerEvents('near'), delayMs: 900, model, quote: quotes[0]! },
      b: { events: answerEvents('far'), delayMs: 100, model, quote: quotes[1]! }
    })
    const running = bench.run()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(textOf((await running).events)).toBe('near')
  })

  it('hedges no more than its share of requests', async () => {
    fakeTime()
    const slow = (): Script => ({ events: answerEvents('late'), delayMs: 5_000, model, quote: { firstTokenMs: 10 } })
    const bench = networkBench(Object.fromEntries([...'abcd'].map(peer => [peer, slow()])))
    for (let turn = 0; turn < 20; turn++) {
      const running = bench.run({ messages: [textMessage('user', `Question ${turn}`)] })
      await vi.advanceTimersByTimeAsync(20_000)
      expect((await running).error).toBeUndefined()
    }
    const left = bench.outcomes.filter(({ outcome }) => outcome === 'aborted').length
    expect(left).toBeLessThanOrEqual(3)
    expect(left).toBeGreaterThan(0)
  })

  it('gives a stream that runs at less than half its promise to a faster one, in the middle', async () => {
    fakeTime()
    // 10 tokens a second are promised, 2 come.
    const crawling: Script = { events: words(400, 400), eventMs: 500, model, quote: { firstTokenMs: 10 } }
    const fast = (start: number): Script => ({ events: words(start, start), model, quote: { firstTokenMs: 20 } })
    const bench = networkBench({ a: crawling, b: { ...fast(3), quote: { firstTokenMs: 3_000 } } })
    const running = bench.run({ messages: [textMessage('user', 'Tell a story')] }, {})
    await vi.advanceTimersByTimeAsync(300_000)
    const { events, error } = await running
    expect(error).toBeUndefined()
    expect(bench.asked.map(({ peer }) => peer)).toEqual(['a', 'b'])
    expect(bench.asked[1]?.request.resume).toMatchObject({
      digest: DIGEST,
      tokenIds: expect.arrayContaining([0, 1, 2])
    })
    expect(bench.suspects.has('a')).toBe(false)
    const end = events.at(-1)
    expect(end).toMatchObject({
      type: 'end',
      attempts: [
        { peerId: 'a', outcome: 'aborted' },
        { peerId: 'b', outcome: 'ok' }
      ]
    })
  })
})
