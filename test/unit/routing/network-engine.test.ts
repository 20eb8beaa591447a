import { describe, expect, it, vi } from 'vitest'
import { ERROR_TABLE, type ErrorCode, errorFromCode } from '../../../src/interface/index.ts'
import { expectWithin } from '../../fault/support/within.ts'
import { advertOf, answerEvents, ENVELOPE, localModel, modelOf, startOf } from './fixtures.ts'
import { busy, networkBench } from './network-bench.ts'

const [ACCEPTED, DELTA] = answerEvents()
const GOOD = { events: answerEvents('from b') }
const STRIKES = ['provider_unreachable', 'provider_lost', 'provider_silent', 'protocol_error', 'internal']
const CODES = Object.keys(ERROR_TABLE) as ErrorCode[]
const RETRYABLE = CODES.filter(code => ERROR_TABLE[code].retryable)
const FINAL = CODES.filter(code => !ERROR_TABLE[code].retryable)
const failing = (code: ErrorCode) => ({ error: errorFromCode(code, `${code} here`) })

function text(events: readonly { type: string }[]): string {
  return events.map(event => ('text' in event ? event.text : '')).join('')
}

describe('network engine', () => {
  it('asks the best provider, says who answered, and lists the attempt', async () => {
    const bench = networkBench({ a: { events: answerEvents('from a') }, b: GOOD })
    const { events, error } = await bench.run()
    expect(error).toBeUndefined()
    expect(events[0]).toMatchObject({ type: 'accepted', provider: { peerId: 'a' } })
    expect(events.at(-1)).toMatchObject({ type: 'end', attempts: [{ peerId: 'a', outcome: 'ok' }] })
    expect(bench.outcomes).toEqual([{ peerId: 'a', outcome: 'ok' }])
  })

  it.each(RETRYABLE)('turns to the next provider on %s before the first token', async code => {
    const bench = networkBench({ a: { events: [ACCEPTED!], ...failing(code) }, b: GOOD })
    const { events, error } = await bench.run()
    expect(error).toBeUndefined()
    expect(text(events)).toBe('from b')
    expect(events.at(-1)).toMatchObject({
      attempts: [
        { peerId: 'a', outcome: code },
        { peerId: 'b', outcome: 'ok' }
      ]
    })
    expect(bench.suspects.has('a')).toBe(STRIKES.includes(code))
    expect(bench.suspects.isResting('a')).toBe(code !== 'busy' && !STRIKES.includes(code))
    // A peer that failed is forgotten until it speaks again.
    expect(bench.directory.get('a') === undefined).toBe(STRIKES.includes(code))
  })

  it.each(FINAL)(
    'gives up on %s when a second provider says the same, and on the word of a named or an only one',
    async code => {
      const bench = networkBench({ a: failing(code), b: failing(code), c: GOOD })
      const { error } = await bench.run()
      expect(error?.code).toBe(code)
      expect(bench.asked.map(({ peer }) => peer)).toEqual(['a', 'b'])
      expect([...'ab'].some(peer => bench.suspects.has(peer) || bench.suspects.isResting(peer))).toBe(false)
      const named = await bench.run({}, { route: { peer: 'a' } })
      expect(named.error?.code).toBe(code)
      expect(bench.asked).toHaveLength(3)
      const only = await networkBench({ a: failing(code) }).run({}, { route: { discoveryTimeoutMs: 60_000 } })
      expect(only.error).toMatchObject({ code, details: { attempts: [{ peerId: 'a', outcome: code }] } })
    }
  )

  it.each(FINAL)('a single provider that says %s of a good request does not end it, and rests', async code => {
    const bench = networkBench({ a: failing(code), b: GOOD })
    const { events, error } = await bench.run()
    expect(error).toBeUndefined()
    expect(text(events)).toBe('from b')
    expect(bench.suspects.isResting('a')).toBe(true)
    expect(bench.suspects.has('a')).toBe(false)
  })

  it('never begins anew after the first token when nobody can go on with the answer', async () => {
    const bench = networkBench({ a: { events: [ACCEPTED!, DELTA!], ...failing('provider_lost') }, b: GOOD })
    const { events, error } = await bench.run()
    expect(error?.code).toBe('provider_lost')
    expect(text(events)).toBe('Hi')
    expect(bench.asked).toHaveLength(1)
    expect(bench.suspects.has('a')).toBe(true)
  })

  it('calls an answer without an end broken', async () => {
    const bench = networkBench({ a: { events: [ACCEPTED!] }, b: GOOD })
    expect((await bench.run()).error).toBeUndefined()
    expect(bench.outcomes[0]).toEqual({ peerId: 'a', outcome: 'protocol_error' })
  })

  it('clears the record of a provider at the end, also when its reader leaves there', async () => {
    const bench = networkBench({ a: { events: answerEvents() } })
    bench.suspects.strike('a', startOf(1))
    const request = {
      model: 'auto',
      messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'Hi' }] }]
    }
    for await (const event of bench.engine.generate(request, { route: { peer: 'a' } })) if (event.type === 'end') break
    expect(bench.suspects.has('a')).toBe(false)
    expect(bench.outcomes).toEqual([{ peerId: 'a', outcome: 'ok' }])
  })

  it('case 21: says busy when all are busy, with the shortest wait and whom it asked, after one short search', async () => {
    let searches = 0
    const source = {
      name: 'dht',
      search: async (_: string, signal: AbortSignal) => {
        searches++
        await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
      }
    }
    const bench = networkBench({ a: busy(3_000), b: busy(700), c: busy(2_000) }, { sources: [source] })
    const { error, tookMs } = await bench.run({}, { route: { discoveryTimeoutMs: 5_000 } })
    expect(error).toMatchObject({ code: 'busy', details: { retryAfterMs: 700 } })
    expect(error?.details.attempts).toEqual(['a', 'b', 'c'].map(peerId => ({ peerId, outcome: 'busy' })))
    expectWithin(tookMs, 2_000)
    expect(searches).toBe(1)
    // Whoever asks next hears at once: a crowd that is refused must not wait for one search each.
    expect((await bench.run({}, { route: { discoveryTimeoutMs: 5_000 } })).error?.code).toBe('busy')
    expect(searches).toBe(1)
  })

  it('case 21: after a search in vain the next ones are made beside refusals, until a minute has passed', async () => {
    const now = performance.now.bind(performance)
    let aheadMs = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs)
    let [begun, ended] = [0, 0]
    const source = {
      name: 'dht',
      search: async (_: string, signal: AbortSignal) => {
        begun++
        await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
        ended++
      }
    }
    const bench = networkBench({ a: busy(3_000) }, { sources: [source] })
    const refusedAfter = async (passedMs: number) => {
      aheadMs += passedMs
      expect((await bench.run({}, { route: { discoveryTimeoutMs: 50 } })).error?.code).toBe('busy')
      return { begun, ended }
    }
    try {
      expect(await refusedAfter(0)).toEqual({ begun: 1, ended: 1 })
      expect(await refusedAfter(5_100)).toEqual({ begun: 2, ended: 1 })
      expect(await refusedAfter(60_000)).toMatchObject({ begun: 3 })
      expect(ended).toBeGreaterThanOrEqual(2)
    } finally {
      vi.restoreAllMocks()
    }
  })

  it('case 21: finds a provider that nobody knew yet when all that are known are busy', async () => {
    const source = {
      name: 'dht',
      search: async () => {
        const advert = advertOf('b', { models: [modelOf({ parameterCount: 1 })] })
        bench.directory.offer(advert, { origin: 'direct', envelope: ENVELOPE })
      }
    }
    const bench = networkBench({ a: busy(3_000), b: GOOD }, { sources: [source] })
    bench.directory.remove('b')
    const { events } = await bench.run({}, { route: { discoveryTimeoutMs: 5_000 } })
    expect(text(events)).toBe('from b')
  })

  it('takes an honest answer at the latest at the second request, though six others advertise more', async () => {
    const hostile = Object.fromEntries([...'abcdef'].map(peerId => [peerId, failing('internal')]))
    for (const code of ['internal', 'model_not_found', 'engine_crashed', 'refused'] as const) {
      const peers = Object.fromEntries(Object.keys(hostile).map(peerId => [peerId, failing(code)]))
      const bench = networkBench({ ...peers, honest: GOOD })
      expect((await bench.run()).error?.code).toBe(code)
      expect(text((await bench.run()).events)).toBe('from b')
    }
  })

  it('asks two of one network at most while there are providers elsewhere', async () => {
    const hostile = [...'abcdef']
    const peers = Object.fromEntries(hostile.map(peerId => [peerId, failing('internal')]))
    const bench = networkBench({ ...peers, honest: GOOD })
    const move = (peerId: string, address: string, parameterCount: number) =>
      bench.directory.offer(
        advertOf(peerId, { sequence: 2, addresses: [address], models: [modelOf({ parameterCount })] }),
        { origin: 'direct', envelope: ENVELOPE }
      )
    for (const peerId of hostile) move(peerId, '/ip4/192.0.2.1/tcp/1', 9_000)
    move('honest', '/ip4/198.51.100.1/tcp/1', 1)
    expect(text((await bench.run()).events)).toBe('from b')
    expect(bench.asked).toHaveLength(3)
  })

  it('asks the only provider again right after its engine crashed, and not after it was struck', async () => {
    const bench = networkBench({ a: failing('engine_crashed') })
    await bench.run()
    const second = await bench.run()
    expect(bench.asked).toHaveLength(2)
    expect(second.error?.code).toBe('engine_crashed')
    expectWithin(second.tookMs, 2_000)
    const struck = networkBench({ a: failing('internal') })
    await struck.run()
    const { error } = await struck.run()
    expect(struck.asked).toHaveLength(1)
    expect(error).toMatchObject({ code: 'no_provider', message: expect.stringContaining('its only provider failed') })
  })

  it('says what a failed model of this machine says when nobody else has it', async () => {
    const bench = networkBench({}, { local: [[localModel({ state: 'failed' }), failing('bad_model')]] })
    expect((await bench.run()).error).toMatchObject({ code: 'bad_model', message: 'bad_model here' })
  })

  it('says busy when one was busy and the others failed', async () => {
    const bench = networkBench({ a: busy(3_000), b: failing('provider_lost') })
    const { error } = await bench.run()
    expect(error).toMatchObject({ code: 'busy', details: { retryAfterMs: 3_000 } })
    expect(error?.details.attempts).toHaveLength(2)
  })

  it('says what the last one said when nobody was busy, with all attempts', async () => {
    const bench = networkBench({ a: failing('provider_lost'), b: failing('bad_model') })
    const { error } = await bench.run()
    expect(error).toMatchObject({ code: 'bad_model', message: 'bad_model here' })
    expect(error?.details.attempts).toEqual([
      { peerId: 'a', outcome: 'provider_lost' },
      { peerId: 'b', outcome: 'bad_model' }
    ])
  })

  it('asks six providers at most, and each of them once', async () => {
    const peers = Object.fromEntries([...'abcdefgh'].map(peerId => [peerId, failing('internal')]))
    const bench = networkBench(peers)
    const { error } = await bench.run()
    expect(error?.code).toBe('internal')
    expect(bench.asked.map(({ peer }) => peer)).toEqual([...'abcdef'])
  })

  it('asks this machine first, and a peer when that fails', async () => {
    const bench = networkBench({ b: GOOD }, { local: [[localModel(), failing('engine_crashed')]] })
    const { events } = await bench.run()
    expect(events.at(-1)).toMatchObject({
      attempts: [
        { peerId: 'self', outcome: 'engine_crashed' },
        { peerId: 'b', outcome: 'ok' }
      ]
    })
    expect(bench.suspects.has('self')).toBe(false)
  })

  it('never leaves this machine when it must not', async () => {
    const bench = networkBench({ b: GOOD }, { local: [[localModel(), failing('engine_crashed')]] })
    expect((await bench.run({}, { route: { local: true } })).error?.code).toBe('engine_crashed')
    expect(bench.asked).toEqual([])
  })

  it('asks nobody but the peer that was named', async () => {
    const bench = networkBench({ a: GOOD, b: failing('provider_lost') })
    const { error, tookMs } = await bench.run({}, { route: { peer: 'b', discoveryTimeoutMs: 5_000 } })
    expect(error?.code).toBe('provider_lost')
    expect(bench.asked.map(({ peer }) => peer)).toEqual(['b'])
    expectWithin(tookMs, 1_000)
  })

  it('gives each attempt the time that is left, and none when it is over', async () => {
    const slow = { delayMs: 40, ...failing('internal') }
    const bench = networkBench({ a: slow, b: GOOD })
    await bench.run({ deadlineMs: 5_000 })
    expect(bench.asked[0]?.request.deadlineMs).toBeGreaterThan(4_000)
    expect(bench.asked[1]?.request.deadlineMs).toBeLessThanOrEqual(5_000 - 39)
    const late = networkBench({ a: slow, b: GOOD })
    expect((await late.run({ deadlineMs: 20 })).error?.code).toBe('deadline_exceeded')
    expect(late.asked.map(({ peer }) => peer)).toEqual(['a'])
  })

  it('does nothing for a request that was aborted, and says so', async () => {
    const bench = networkBench({ a: GOOD })
    expect((await bench.run({}, { signal: AbortSignal.abort() })).error?.code).toBe('aborted')
    expect(bench.asked).toEqual([])
  })

  it('lists local models, and those of the network once each', async () => {
    const { engine, directory } = networkBench(
      { a: GOOD, b: GOOD },
      { local: [[localModel({ digest: 'cd'.repeat(32) }), {}]] }
    )
    expect(directory.size).toBe(2)
    expect((await engine.models()).map(model => model.digest)).toEqual(['cd'.repeat(32), 'ab'.repeat(32)])
  })
})
