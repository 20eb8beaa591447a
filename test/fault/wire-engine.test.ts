import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EngineEvent, type GenerateOptions, InvalidRequestError } from '../../src/interface/index.ts'
import { ask, asker } from './support/asker.ts'
import { brokenEngine, eventsThen } from './support/broken-engine.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { ACCEPTED, delta, end } from './support/frames.ts'
import { type InferHost, inferHost } from './support/infer-host.ts'
import { type RawPeer, rawPeer } from './support/raw-peer.ts'
import { until } from './support/until.ts'

const SECRET = '/home/somebody/secret.gguf'
const HONEST = [ACCEPTED, delta('fine'), end(1)]
type Answer = (options?: GenerateOptions) => AsyncIterable<EngineEvent>

/** How an engine breaks, and what comes out at the other end. */
const BROKEN: [string, Answer][] = [
  [
    'throws synchronously',
    () => {
      throw new Error(SECRET)
    }
  ],
  [
    'throws a text',
    () =>
      eventsThen([ACCEPTED], () => {
        throw SECRET
      })
  ],
  ['throws nothing at all', () => eventsThen([ACCEPTED], () => Promise.reject())],
  ['throws null', () => eventsThen([], () => Promise.reject(null))],
  ['throws an object with a getter that throws', () => eventsThen([], () => Promise.reject(Object.create(null)))],
  ['throws after a token', () => eventsThen([ACCEPTED, delta('a')], () => Promise.reject(new Error(SECRET)))],
  ['is no iterable', () => ({}) as AsyncIterable<EngineEvent>],
  ['gives undefined', () => undefined as unknown as AsyncIterable<EngineEvent>],
  ['has a next that throws', () => ({ [Symbol.asyncIterator]: () => ({ next: () => boom() }) })],
  ['has an iterator that throws', () => ({ [Symbol.asyncIterator]: () => boom() })],
  ['stops without an end', () => eventsThen([ACCEPTED, delta('a')])],
  ['gives a token before accepted', () => eventsThen([delta('a')])],
  ['accepts twice', () => eventsThen([ACCEPTED, ACCEPTED])],
  ['gives an event that is none', () => eventsThen([ACCEPTED, { type: 'what' } as unknown as EngineEvent])],
  [
    'gives a digest that is none',
    () => eventsThen([{ ...ACCEPTED, model: { name: 'm', digest: 'xyz' } } as EngineEvent])
  ],
  ['gives a delta above the bound of a frame', () => eventsThen([ACCEPTED, delta('x'.repeat(100_000))])]
]

function boom(): never {
  throw new Error(SECRET)
}

describe('an engine that breaks', () => {
  expectNoEscapedErrors()
  let answer: Answer
  let host: InferHost
  let stranger: RawPeer

  beforeAll(async () => {
    host = await inferHost(brokenEngine((_, options) => answer(options)))
    stranger = await rawPeer([])
  })
  afterAll(async () => {
    await stranger[Symbol.asyncDispose]()
    await host[Symbol.asyncDispose]()
  })

  it.each(BROKEN)('case 63: one that %s fails its request alone, and tells a stranger nothing', async (_, broken) => {
    answer = broken
    const failed = await ask(asker(stranger), host.peer)
    expect(failed.error?.code).toBe('internal')
    expect(failed.error?.message).not.toContain(SECRET)
    await until(() => host.outcomes.at(-1)?.outcome === 'internal')
    answer = () => eventsThen(HONEST)
    expect(await ask(asker(stranger), host.peer)).toMatchObject({ error: undefined, text: 'fine' })
    expect(stranger.getConnections()).toHaveLength(1)
  })

  it('case 63: one that leaves a rejection behind fails nothing else', async () => {
    answer = options =>
      eventsThen(HONEST, () => {
        // What a reader that left early never hears of.
        options?.signal?.addEventListener('abort', () => undefined)
        return Promise.reject(new Error('too late'))
      })
    expect(await ask(asker(stranger), host.peer)).toMatchObject({ error: undefined, text: 'fine' })
  })

  it('case 63: what an engine says in words of ours arrives as said', async () => {
    answer = () => eventsThen([], () => Promise.reject(new InvalidRequestError('no', { details: { field: 'stop' } })))
    const failed = await ask(asker(stranger), host.peer)
    expect(failed.error).toMatchObject({ code: 'invalid_request', message: 'no', details: { field: 'stop' } })
  })

  it('case 63: what comes after the end of an engine is not sent', async () => {
    answer = () => eventsThen([...HONEST, delta('more'), end(2)])
    expect(await ask(asker(stranger), host.peer)).toMatchObject({ error: undefined, text: 'fine' })
    expect(host.outcomes.at(-1)?.outcome).toBe('ok')
  })

  it('case 63: one that hangs and does not obey is left at the deadline, and its stream ends', async () => {
    answer = () => eventsThen([ACCEPTED], () => new Promise(() => undefined))
    const before = host.outcomes.length
    const failed = await ask(asker(stranger), host.peer, { deadlineMs: 300 })
    expect(failed.error?.code).toBe('deadline_exceeded')
    await until(() => host.outcomes.length > before)
    // Both sides keep the same time: the asker may be gone the moment before the provider's own clock ends it.
    expect(['deadline_exceeded', 'aborted']).toContain(host.outcomes.at(-1)?.outcome)
  })

  it('case 63: one that hangs and does not obey is left when its asker is gone', async () => {
    let isAsked = false
    answer = () => {
      isAsked = true
      return eventsThen([ACCEPTED, delta('a'), delta('b')], () => new Promise(() => undefined))
    }
    const before = host.outcomes.length
    const controller = new AbortController()
    const asked = ask(asker(stranger), host.peer, {}, controller.signal)
    await until(() => isAsked)
    controller.abort()
    expect((await asked).error?.code).toBe('aborted')
    await until(() => host.outcomes.length > before, 1_000, 'the end of the request')
    expect(host.outcomes.at(-1)?.outcome).toBe('aborted')
  })
})
