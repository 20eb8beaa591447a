import { expect, it, onTestFinished, vi } from 'vitest'
import { AskerJob } from '../../../src/accounting/asker-job.ts'
import { ProviderJob, type ProviderJobInit } from '../../../src/accounting/provider-job.ts'
import { openReceipt } from '../../../src/protocols/receipt/index.ts'
import { DIGEST, JOB, ledgerOf, PRICE, party } from './fixtures.ts'

const MODEL = { digest: DIGEST }
const USAGE = { promptTokens: 30, cachedPromptTokens: 10, completionTokens: 101 }
const never = new Promise<void>(() => undefined)

async function pair(overrides: Pick<ProviderJobInit, 'settleMs' | 'promised'> = {}) {
  const [provider, asker] = await Promise.all([party(), party()])
  const [gave, took] = await Promise.all([ledgerOf(), ledgerOf()])
  const shared = { job: JOB, pricePerKiloToken: PRICE }
  return {
    gave,
    took,
    provider: new ProviderJob({ asker: asker.selfId, ...shared, ledger: gave, signing: provider, ...overrides }),
    asker: new AskerJob({ provider: provider.selfId, ...shared, ledger: took, signing: asker }),
    ids: { provider: provider.selfId, asker: asker.selfId }
  }
}

it('a whole job is signed by both, and both ledgers say the same of it', async () => {
  const { provider, asker, gave, took, ids } = await pair()
  for (const tokens of [64, 100]) {
    provider.delivered(tokens - (tokens === 100 ? 64 : 0))
    await provider.acknowledge(await asker.acknowledge(tokens))
  }
  const receipt = await provider.receipt(MODEL, USAGE)
  const last = await asker.settle({
    receipt,
    tokens: 100,
    model: MODEL,
    usage: USAGE,
    maxPromptTokens: 500,
    firstTokenAfterMs: 0
  })
  const settled = provider.settled(never)
  await provider.acknowledge(last!)
  await settled
  provider.close(999)
  asker.close(100, 999)
  const sums = { acknowledgedTokens: 120, gaveTokens: 120, gaveMicroCredits: 60, receipts: 1 }
  expect(gave.account(ids.asker)).toMatchObject(sums)
  expect(took.account(ids.provider)).toMatchObject({ tookTokens: 120, tookMicroCredits: 60, receipts: 1 })
  expect([...gave.receipts()].map(({ receipt }) => receipt)).toEqual([...took.receipts()].map(({ receipt }) => receipt))
})

it('a receipt says what was promised for the model that answered', async () => {
  const { provider } = await pair({ promised: digest => (digest === DIGEST ? 430 : 9_999) })
  const { content } = await openReceipt(await provider.receipt(MODEL, USAGE))
  expect(content.promisedFirstTokenMs).toBe(430)
})

it('what was given and never signed for is written down all the same, and the prompt with it, by both', async () => {
  const { provider, asker, gave, took, ids } = await pair()
  provider.delivered(90)
  for (let times = 0; times < 2; times++) {
    provider.close(2_000)
    asker.close(80, 2_000)
  }
  expect(gave.account(ids.asker)).toMatchObject({ gaveTokens: 2_090, acknowledgedTokens: 0, receipts: 0 })
  expect(took.account(ids.provider)).toMatchObject({ tookTokens: 2_080, tookMicroCredits: 40 })
})

it('a receipt that is not true gets no signature, and is noted', async () => {
  const { provider, asker, took, ids } = await pair()
  provider.delivered(100)
  const receipt = await provider.receipt(MODEL, USAGE)
  const settle = (tokens: number, digest = DIGEST) =>
    asker.settle({ receipt, tokens, model: { digest }, usage: USAGE, maxPromptTokens: 500, firstTokenAfterMs: 0 })
  expect(await settle(99)).toBeUndefined()
  expect(await settle(100, 'cd'.repeat(32))).toBeUndefined()
  expect(
    await asker.settle({
      receipt: receipt.subarray(0, 50),
      tokens: 100,
      model: MODEL,
      usage: USAGE,
      maxPromptTokens: 500,
      firstTokenAfterMs: 0
    })
  ).toBeUndefined()
  const late = { receipt, tokens: 100, model: MODEL, usage: USAGE, maxPromptTokens: 500, firstTokenAfterMs: 60_000 }
  expect(await asker.settle(late)).toBeUndefined()
  expect(took.refused().map(({ fault }) => fault)).toEqual([
    'wrong_receipt',
    'malformed',
    'wrong_receipt',
    'more_than_delivered'
  ])
  expect(took.account(ids.provider)).toBeUndefined()
})

it('room comes with an acknowledgement, and ends with the request', async () => {
  const { provider, asker } = await pair()
  provider.delivered(127)
  await provider.room(new AbortController().signal)
  provider.delivered(1)
  const abort = new AbortController()
  const waiting = provider.room(abort.signal)
  await provider.acknowledge(await asker.acknowledge(1))
  await waiting
  provider.delivered(1)
  const left = provider.room(abort.signal)
  abort.abort()
  await expect(left).rejects.toMatchObject({ code: 'aborted' })
})

/** Acknowledges so many tokens every so often, until that has been done often or the provider has had enough. */
async function restUntil({ everyMs, tokens, isCrowded = false, rounds }: Slow) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { provider, asker } = await pair()
  const { signal } = new AbortController()
  provider.delivered(128)
  const startedAtMs = performance.now()
  for (let round = 1; round <= rounds; round++) {
    const room = provider
      .room(signal, () => isCrowded)
      .then(
        () => undefined,
        (error: unknown) => error
      )
    await vi.advanceTimersByTimeAsync(everyMs)
    const next = await asker.acknowledge(round * tokens)
    await provider.acknowledge(next)
    const error = await room
    if (error !== undefined) return { error, afterMs: performance.now() - startedAtMs }
    provider.delivered(tokens)
  }
  return { error: undefined, afterMs: performance.now() - startedAtMs }
}

interface Slow {
  everyMs: number
  tokens: number
  isCrowded?: boolean
  rounds: number
}

it.each<[string, Slow, number]>([
  ['of whom nothing comes', { everyMs: 600_000, tokens: 1, rounds: 1 }, 600_000],
  ['who drips one token at a time', { everyMs: 29_000, tokens: 1, rounds: 400 }, 61_000],
  ['who drips a token a second', { everyMs: 1_000, tokens: 1, rounds: 4_000 }, 60_000],
  ['who drips it while others wait', { everyMs: 1_000, tokens: 1, rounds: 4_000, isCrowded: true }, 30_000]
])('an asker %s is left', async (_, slow, withinMs) => {
  const { error, afterMs } = await restUntil(slow)
  expect(error).toMatchObject({ code: 'slow_reader' })
  expect(afterMs).toBeLessThanOrEqual(withinMs)
})

it.each<[string, Slow]>([
  ['as slowly as it is read aloud', { everyMs: 25_000, tokens: 64, rounds: 60 }],
  ['faster than that while others wait', { everyMs: 14_000, tokens: 64, rounds: 60, isCrowded: true }],
  ['after a pause of 25 s', { everyMs: 25_000, tokens: 120, rounds: 1 }]
])('an honest asker that takes it %s keeps its answer', async (_, slow) => {
  expect((await restUntil(slow)).error).toBeUndefined()
})

it('the last signature is waited for until the asker is gone, or for a while', async () => {
  const { provider } = await pair({ settleMs: 20 })
  await provider.settled(never)
  await provider.receipt(MODEL, USAGE)
  await provider.settled(Promise.resolve())
  await provider.settled(never)
})
