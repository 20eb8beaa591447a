import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { BusyError, type EngineEvent, errorFromCode, type Quote, textMessage } from '../../../src/interface/index.ts'
import { Experience } from '../../../src/routing/index.ts'
import { answerEvents, DIGEST } from './fixtures.ts'
import { networkBench, type Script } from './network-bench.ts'

const FEATURES = { chat: true, schema: true, tools: true, resume: true, logprobs: 0 }
const model = { features: FEATURES, parameterCount: 1_000 }
const lost = errorFromCode('provider_lost', 'the line broke')
const progress: EngineEvent = { type: 'progress', phase: 'prefill', done: 0, total: 0 }

function textOf(events: readonly EngineEvent[]): string {
  return events.map(event => (event.type === 'delta' ? event.text : '')).join('')
}

function words(count: number): EngineEvent[] {
  const [accepted, , end] = answerEvents()
  const deltas = Array.from({ length: count }, (_, index) => ({
    type: 'delta' as const,
    channel: 'answer' as const,
    text: `${index} `,
    tokenCount: 1,
    tokenIds: [index]
  }))
  const usage = { promptTokens: 1, cachedPromptTokens: 0, completionTokens: count }
  return [accepted!, ...deltas, { ...end!, usage } as EngineEvent]
}

/** Time that a test moves itself, for waits of seconds. */
function fakeTime(): void {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

function refusing(quote: Partial<Quote> = {}): Script {
  const offer = {
    status: 'ok',
    model: { name: 'm', digest: DIGEST },
    waitMs: 0,
    loadMs: 0,
    cachedTokens: 0,
    prefillTokensPerSecond: 1e6,
    decodeTokensPerSecond: 1e6,
    firstTokenMs: 1,
    pricePerKiloToken: 0,
    validMs: 1_500,
    slots: { total: 100, free: 100 },
    queued: 0,
    ...quote
  } satisfies Quote
  const error = new BusyError('not on these terms', { details: { quote: offer, retryAfterMs: 0 } })
  return { error, model, quote: offer }
}

describe('a hostile provider', () => {
  it('that refuses every condition is asked twice at most, and leaves the attempts to others', async () => {
    const liars = Object.fromEntries([...'abcd'].map(peer => [peer, refusing()]))
    const bench = networkBench({ ...liars, honest: { events: answerEvents('honest'), model, quote: {} } })
    const { events, error } = await bench.run({}, { route: { maxPricePerKiloToken: 5 } })
    expect(error).toBeUndefined()
    expect(textOf(events)).toBe('honest')
    for (const peer of 'abcd') expect(bench.asked.filter(asked => asked.peer === peer).length).toBeLessThanOrEqual(2)
  })

  it('that says it knows no conditions, again and again, is asked twice at most', async () => {
    const error = errorFromCode('unsupported_feature', 'no conditions here', { field: 'accept_if' })
    const bench = networkBench({
      a: { error, model, quote: {} },
      b: { error, model, quote: {} }
    })
    const run = await bench.run({}, { route: { maxPricePerKiloToken: 5 } })
    expect(run.error).toBeDefined()
    expect(bench.asked.length).toBeLessThanOrEqual(4)
  })

  it('that never says whether it takes a request on a condition rests, and is not the first to be asked again', async () => {
    fakeTime()
    const silent = { delayMs: 1e9, events: answerEvents('late'), model, quote: { firstTokenMs: 1 } }
    const bench = networkBench({ a: silent, b: { events: answerEvents('honest'), model, quote: {} } })
    const first = bench.run()
    await vi.advanceTimersByTimeAsync(4_000)
    expect(textOf((await first).events)).toBe('honest')
    expect(bench.outcomes).toContainEqual({ peerId: 'a', outcome: 'provider_silent' })
    expect([bench.suspects.isResting('a'), bench.suspects.has('a')]).toEqual([true, false])
  })

  it('that shows life without a token is left after a minute in the middle, and nobody waits for it for ever', async () => {
    fakeTime()
    const [accepted, delta] = answerEvents('Once')
    const signs = Array<EngineEvent>(2_000).fill(progress)
    const stuck: Script = {
      eventMs: 900,
      events: [accepted!, { ...delta!, tokenIds: [1] } as EngineEvent, ...signs],
      model
    }
    const bench = networkBench({ a: stuck, b: { events: words(1), model } })
    const middle = bench.run()
    await vi.advanceTimersByTimeAsync(75_000)
    const { events, error } = await middle
    expect(error).toBeUndefined()
    expect(textOf(events)).toBe('Once0 ')
    const alone = networkBench({ a: { eventMs: 900, events: [accepted!, ...signs], model } })
    const waiting = alone.run()
    await vi.advanceTimersByTimeAsync(16 * 60_000)
    expect((await waiting).error).toMatchObject({ code: 'provider_silent' })
  })

  it('that refuses in the middle of an answer, to be asked again at once, is asked a bounded number of times', async () => {
    fakeTime()
    const [accepted, delta] = answerEvents('Once')
    const bench = networkBench({
      a: {
        events: [accepted!, { ...delta!, tokenIds: [1], tokenCount: 1 } as EngineEvent],
        error: lost,
        model,
        again: { error: lost }
      },
      b: { error: new BusyError('full', { details: { retryAfterMs: 0 } }), model }
    })
    const running = bench.run()
    await vi.advanceTimersByTimeAsync(90_000)
    const { error } = await running
    expect(error?.code).toBe('provider_lost')
    expect(bench.asked.length).toBeLessThan(40)
  })

  it('whose advert has numbers beyond all measure breaks no bound for others', async () => {
    const monster = {
      ...model,
      waitMs: 0xffffffff,
      loadMs: 0xffffffff,
      warm: false,
      decodeTokensPerSecond: 1e-30,
      slots: { total: 1, free: 0 }
    }
    const bench = networkBench({
      a: { events: answerEvents('from a'), model, quote: {} },
      b: { events: answerEvents('from b'), model: monster, quote: {} }
    })
    await bench.run()
    expect(bench.asked[0]?.request.acceptIf?.totalMs).toBeLessThanOrEqual(0xffffffff)
  })

  it('that answers with another model than the one that was named is left', async () => {
    const [accepted, ...rest] = answerEvents('from a liar')
    const other = { ...accepted!, model: { name: 'tiny', digest: 'ee'.repeat(32) } } as EngineEvent
    const bench = networkBench({ a: { events: [other, ...rest] }, b: { events: answerEvents('from b') } })
    const { events } = await bench.run({ model: 'smollm2' })
    expect(textOf(events)).toBe('from b')
    expect(bench.suspects.has('a')).toBe(true)
  })

  it('that shows progress for ever is helped by another in the end, though the share of extra work is used up', async () => {
    fakeTime()
    const [accepted] = answerEvents()
    const stalling: Script = { events: [accepted!, ...Array<EngineEvent>(2_000).fill(progress)], eventMs: 1_000, model }
    const bench = networkBench(
      { a: stalling, b: { events: answerEvents('from b'), model: { ...model, parameterCount: 1 } } },
      { policy: 'random' }
    )
    for (let turn = 0; turn < 4; turn++) {
      const running = bench.run({ messages: [textMessage('user', `Question ${turn}`)] })
      await vi.advanceTimersByTimeAsync(400_000)
      const { events, error } = await running
      expect(error).toBeUndefined()
      expect(textOf(events)).toBe('from b')
    }
  })

  it('that stops in the middle and shows progress only is left for another, and its promise counts as broken', async () => {
    fakeTime()
    const [accepted, ...deltas] = words(400)
    const stalling: Script = {
      events: [accepted!, ...deltas.slice(0, 3), ...Array<EngineEvent>(2_000).fill({ ...progress, phase: 'decoding' })],
      eventMs: 1_000,
      model,
      quote: { firstTokenMs: 10 }
    }
    const bench = networkBench({ a: stalling, b: { events: words(5), model, quote: { firstTokenMs: 3_000 } } })
    const running = bench.run()
    await vi.advanceTimersByTimeAsync(60_000)
    const { events, error } = await running
    expect(error).toBeUndefined()
    expect(events.at(-1)).toMatchObject({
      attempts: [
        { peerId: 'a', outcome: 'aborted' },
        { peerId: 'b', outcome: 'ok' }
      ]
    })
  })
})

describe('a reader', () => {
  it('that is slow does not make its provider look slow', async () => {
    fakeTime()
    const bench = networkBench({
      a: { events: words(60), eventMs: 10, model, quote: { firstTokenMs: 10 } },
      b: { events: words(3), model, quote: { firstTokenMs: 20 } }
    })
    let text = ''
    const reading = (async () => {
      for await (const event of bench.engine.generate({ model: 'auto', messages: [textMessage('user', 'Hi')] })) {
        if (event.type === 'delta') text += event.text
        await new Promise(resolve => setTimeout(resolve, 1_000))
      }
    })()
    await vi.advanceTimersByTimeAsync(120_000)
    await reading
    expect(bench.asked.filter(({ request }) => request.resume !== undefined)).toEqual([])
    expect(text).toMatch(/^0 1 2 /)
  })

  it.each([
    ['before the first event', 0],
    ['at the first event', 1],
    ['between two sides of a race', 8],
    ['in the middle', 25]
  ])('that leaves %s stops every provider, and no timer stays', async (_, count) => {
    fakeTime()
    const [accepted, ...rest] = words(100)
    const late = [accepted!, ...Array<EngineEvent>(20).fill(progress), ...rest]
    const script: Script = { events: late, eventMs: 500, model, quote: { firstTokenMs: 10 } }
    const bench = networkBench({ a: script, b: script, c: script })
    const timersBefore = vi.getTimerCount()
    const stop = new AbortController()
    const events = bench.engine.generate(
      { model: 'auto', messages: [textMessage('user', 'Hi')] },
      count === 0 ? { signal: stop.signal } : {}
    )
    const reading = (async () => {
      let seen = 0
      for await (const _event of events) if (++seen === count) break
    })().catch(error => error)
    if (count === 0) setTimeout(() => stop.abort(), 100)
    await vi.advanceTimersByTimeAsync(60_000)
    await reading
    expect(bench.working()).toBe(0)
    expect(vi.getTimerCount()).toBe(timersBefore)
  })
})

describe('a tag of a conversation', () => {
  it('goes to its maker alone, in a question for a quote too', async () => {
    const tag = Uint8Array.of(7, 7, 7)
    const events = answerEvents('Paris.').map(event =>
      event.type === 'end' ? { ...event, conversationTag: tag } : event
    )
    const bench = networkBench(
      Object.fromEntries([...'abcd'].map(peer => [peer, { events, model, quote: { firstTokenMs: 99_999 } }]))
    )
    const first = [textMessage('user', 'What is the capital of France?')]
    const answered = (await bench.run({ messages: first })).events.at(-1)
    const maker = (answered as { attempts: { peerId: string }[] }).attempts.at(-1)!.peerId
    bench.asked.length = 0
    bench.quoted.length = 0
    bench.questions.length = 0
    const messages = [...first, textMessage('assistant', 'Paris.'), textMessage('user', 'And of Spain?')]
    await bench.run({ messages, conversationTag: tag })
    const told = [
      ...bench.asked.map(({ peer, request }) => ({ peer, tag: request.conversationTag })),
      ...bench.questions
    ]
    expect(told.filter(asked => asked.tag !== undefined).map(({ peer }) => peer)).toContain(maker)
    expect(told.filter(asked => asked.tag !== undefined && asked.peer !== maker)).toEqual([])
  })

  it('of which no maker is known goes to nobody but the peer that the caller names', async () => {
    const bench = networkBench({ a: { events: answerEvents() }, b: { events: answerEvents() } })
    const conversationTag = Uint8Array.of(1)
    await bench.run({ conversationTag })
    await bench.run({ conversationTag }, { route: { peer: 'b' } })
    expect(bench.asked.map(({ request }) => request.conversationTag)).toEqual([undefined, conversationTag])
  })
})

it('counting a prompt teaches nothing of answers and of where a conversation is', async () => {
  const script: Script = { events: answerEvents(''), model, quote: { firstTokenMs: 10 } }
  const bench = networkBench({ a: script, b: script })
  const expected = async () => {
    await bench.run()
    return bench.asked.at(-1)!.request.acceptIf?.expectedTokens ?? bench.asked.at(-2)!.request.acceptIf?.expectedTokens
  }
  for (let turn = 0; turn < 20; turn++) await bench.run({ maxTokens: 0 })
  bench.asked.length = 0
  expect(await expected()).toBe(230)
})

it('a price cap is rounded down: nobody dearer than it may take the request', async () => {
  const bench = networkBench({
    a: { events: answerEvents(), model, quote: { pricePerKiloToken: 1 } },
    b: { events: answerEvents(), model, quote: { pricePerKiloToken: 0 } }
  })
  await bench.run({}, { route: { maxPricePerKiloToken: 0.5 } })
  for (const { request } of bench.asked) expect(request.acceptIf?.pricePerKiloToken).toBe(0)
})

it('no second provider within the price leaves the first at work', async () => {
  fakeTime()
  const [accepted, ...rest] = answerEvents('from a')
  const late = [accepted!, ...Array<EngineEvent>(60).fill(progress), ...rest]
  const bench = networkBench({
    a: { events: late, eventMs: 1_000, model, quote: { firstTokenMs: 100, pricePerKiloToken: 1 } },
    b: { events: answerEvents('from b'), model, quote: { firstTokenMs: 100, pricePerKiloToken: 9 } }
  })
  const running = bench.run({}, { route: { maxPricePerKiloToken: 5 } })
  await vi.advanceTimersByTimeAsync(100_000)
  const { events, error } = await running
  expect(error).toBeUndefined()
  expect(textOf(events)).toBe('from a')
})

it('a provider that counts more tokens than it gave looks no quicker for it', async () => {
  fakeTime()
  const [accepted, delta, end] = answerEvents('slow')
  const usage = { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 4_000_000_000 }
  const experience = new Experience()
  const lying: Script = {
    events: [accepted!, delta!, { ...end!, usage } as EngineEvent],
    eventMs: 5_000,
    model,
    quote: { firstTokenMs: 10, waitMs: 0 }
  }
  const bench = networkBench({ a: lying, b: { ...lying } }, { experience })
  const running = bench.run()
  await vi.advanceTimersByTimeAsync(60_000)
  await running
  expect(Math.max(experience.trustOf('a'), experience.trustOf('b'))).toBeGreaterThan(1)
})
