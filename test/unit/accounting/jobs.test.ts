import { expect, it } from 'vitest'
import { AskerJob } from '../../../src/accounting/asker-job.ts'
import { ProviderJob } from '../../../src/accounting/provider-job.ts'
import { DIGEST, JOB, ledgerOf, PRICE, party } from './fixtures.ts'

const MODEL = { digest: DIGEST }
const USAGE = { promptTokens: 30, cachedPromptTokens: 10, completionTokens: 101 }
const never = new Promise<void>(() => undefined)

async function pair(overrides: { overdueMs?: number; settleMs?: number } = {}) {
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
  const last = await asker.settle({ receipt, tokens: 100, model: MODEL, usage: USAGE, maxPromptTokens: 500 })
  const settled = provider.settled(never)
  await provider.acknowledge(last!)
  await settled
  provider.close()
  asker.close(100)
  const sums = { acknowledgedTokens: 120, gaveTokens: 120, gaveMicroCredits: 60, receipts: 1 }
  expect(gave.account(ids.asker)).toMatchObject(sums)
  expect(took.account(ids.provider)).toMatchObject({ tookTokens: 120, tookMicroCredits: 60, receipts: 1 })
  expect([...gave.receipts()].map(({ receipt }) => receipt)).toEqual([...took.receipts()].map(({ receipt }) => receipt))
})

it('what was given and never signed for is written down all the same', async () => {
  const { provider, gave, ids } = await pair()
  provider.delivered(90)
  provider.close()
  provider.close()
  expect(gave.account(ids.asker)).toMatchObject({ gaveTokens: 90, acknowledgedTokens: 0, receipts: 0 })
})

it('a receipt that is not true gets no signature, and is noted', async () => {
  const { provider, asker, took, ids } = await pair()
  provider.delivered(100)
  const receipt = await provider.receipt(MODEL, USAGE)
  const settle = (tokens: number, digest = DIGEST) =>
    asker.settle({ receipt, tokens, model: { digest }, usage: USAGE, maxPromptTokens: 500 })
  expect(await settle(99)).toBeUndefined()
  expect(await settle(100, 'cd'.repeat(32))).toBeUndefined()
  expect(
    await asker.settle({
      receipt: receipt.subarray(0, 50),
      tokens: 100,
      model: MODEL,
      usage: USAGE,
      maxPromptTokens: 500
    })
  ).toBeUndefined()
  expect(took.refused().map(({ fault }) => fault)).toEqual(['malformed', 'wrong_receipt', 'more_than_delivered'])
  expect(took.account(ids.provider)).toBeUndefined()
})

it('room comes with an acknowledgement, ends with the request, and does not wait for ever', async () => {
  const { provider, asker } = await pair({ overdueMs: 20 })
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
  await expect(provider.room(new AbortController().signal)).rejects.toMatchObject({ code: 'slow_reader' })
})

it('the last signature is waited for until the asker is gone, or for a while', async () => {
  const { provider } = await pair({ settleMs: 20 })
  await provider.settled(never)
  await provider.receipt(MODEL, USAGE)
  await provider.settled(Promise.resolve())
  await provider.settled(never)
})
