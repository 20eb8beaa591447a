import { beforeAll, describe, expect, it } from 'vitest'
import {
  contradicted,
  type ExpectedReceipt,
  judgeAcknowledgement,
  judgeReceipt
} from '../../../src/accounting/judge.ts'
import { hashOf } from '../../../src/accounting/signing.ts'
import type { JobAcknowledgement, JobReceipt, ReceiptFault } from '../../../src/interface/index.ts'
import { acknowledgement, JOB, type Party, PRICE, party, receipt } from './fixtures.ts'

let provider: Party
let asker: Party
let other: Party
beforeAll(async () => {
  ;[provider, asker, other] = await Promise.all([party(), party(), party()])
})

async function signed(content: JobAcknowledgement, by = asker) {
  return await by.openAcknowledgement(await by.sealAcknowledgement(content))
}

describe('an acknowledgement', () => {
  const known = async (last?: Partial<JobAcknowledgement>) => ({
    provider: provider.selfId,
    asker: asker.selfId,
    job: JOB,
    pricePerKiloToken: PRICE,
    delivered: { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 200 },
    taken: last === undefined ? [] : [await signed(acknowledgement(provider.selfId, last))]
  })

  it('is taken when it is true, the first and one that follows with a gap in its numbers', async () => {
    expect(judgeAcknowledgement(await known(), await signed(acknowledgement(provider.selfId)))).toBeUndefined()
    const next = acknowledgement(provider.selfId, { sequence: 5, completionTokens: 200 })
    expect(judgeAcknowledgement(await known({}), await signed(next))).toBeUndefined()
  })

  const CASES: [ReceiptFault, Partial<JobAcknowledgement>, Partial<JobAcknowledgement>?][] = [
    ['wrong_pair', { provider: '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5' }],
    ['replayed', { job: 'f'.repeat(32) }],
    ['replayed', { sequence: 3 }, { sequence: 3 }],
    ['double_spend', { sequence: 3, completionTokens: 65 }, { sequence: 3 }],
    ['out_of_order', { sequence: 2, completionTokens: 128 }, { sequence: 3 }],
    ['total_fell', { sequence: 4, completionTokens: 63 }, { sequence: 3 }],
    ['more_than_delivered', { completionTokens: 201 }],
    ['more_than_delivered', { promptTokens: 1 }],
    ['wrong_amount', { microCredits: 1 }],
    ['wrong_receipt', { receiptHash: 'c'.repeat(64) }]
  ]
  it.each(CASES)('is refused: %s %o', async (fault, changes, last) => {
    const record = await signed(acknowledgement(provider.selfId, changes))
    expect(judgeAcknowledgement(await known(last), record)).toBe(fault)
  })

  it('is held against all that were taken before, not the last alone', async () => {
    const one = await signed(acknowledgement(provider.selfId, { sequence: 1, completionTokens: 64 }))
    const two = await signed(acknowledgement(provider.selfId, { sequence: 2, completionTokens: 128 }))
    const job = { ...(await known()), taken: [one, two] }
    const other = await signed(acknowledgement(provider.selfId, { sequence: 1, completionTokens: 60 }))
    expect(judgeAcknowledgement(job, one)).toBe('replayed')
    expect(judgeAcknowledgement(job, other)).toBe('double_spend')
    expect(contradicted('double_spend', job, other.content)).toBe(one)
    const fallen = await signed(acknowledgement(provider.selfId, { sequence: 3, completionTokens: 127 }))
    expect(judgeAcknowledgement(job, fallen)).toBe('total_fell')
    expect(contradicted('total_fell', job, fallen.content)).toBe(two)
  })

  it('of somebody else is refused, however right', async () => {
    const record = await signed(acknowledgement(provider.selfId), other)
    expect(judgeAcknowledgement(await known(), record)).toBe('wrong_pair')
  })

  it('that signs the receipt must count all that the receipt counts', async () => {
    const receiptHash = 'd'.repeat(64)
    const job = { ...(await known()), receiptHash }
    const less = acknowledgement(provider.selfId, { completionTokens: 199, receiptHash })
    const whole = acknowledgement(provider.selfId, { completionTokens: 200, receiptHash })
    expect(judgeAcknowledgement(job, await signed(less))).toBe('wrong_receipt')
    expect(judgeAcknowledgement(job, await signed(whole))).toBeUndefined()
  })
})

describe('an envelope', () => {
  it('that is cut anywhere is malformed or forged, and never taken', async () => {
    const envelope = await asker.sealAcknowledgement(acknowledgement(provider.selfId))
    const faults = new Set<string>()
    for (let length = 0; length < envelope.byteLength; length++) {
      const error = await asker.openAcknowledgement(envelope.subarray(0, length)).catch((refused: unknown) => refused)
      faults.add((error as { fault: string }).fault)
    }
    expect([...faults].sort()).toEqual(['forged', 'malformed'])
  })

  it('with any bit changed is refused, or says the same', async () => {
    const envelope = await asker.sealAcknowledgement(acknowledgement(provider.selfId))
    for (let at = 0; at < envelope.byteLength; at++) {
      const changed = envelope.slice()
      changed[at]! ^= 1
      const opened = await asker.openAcknowledgement(changed).catch((error: { fault: string }) => error)
      // An envelope may be written in more than one way, which changes nothing of what was signed, nor by whom.
      if ('signer' in opened) {
        expect(opened.signer).toBe(asker.selfId)
        expect(opened.content).toEqual(acknowledgement(provider.selfId))
      } else expect(['malformed', 'forged']).toContain(opened.fault)
    }
  })

  it('of a receipt is no acknowledgement', async () => {
    const envelope = await provider.sealReceipt(receipt(asker.selfId))
    await expect(provider.openAcknowledgement(envelope)).rejects.toMatchObject({ fault: 'malformed' })
  })

  it('is bound to its bytes by its hash', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(ms => provider.sealReceipt(receipt(asker.selfId, { totalMs: ms })))
    )
    expect(hashOf(one!)).not.toBe(hashOf(other!))
  })
})

describe('a receipt', () => {
  const expected = (): ExpectedReceipt => ({
    provider: provider.selfId,
    asker: asker.selfId,
    job: JOB,
    modelDigest: 'ab'.repeat(32),
    pricePerKiloToken: PRICE,
    maxPromptTokens: 1_000,
    firstTokenAfterMs: 4_000,
    promptTokens: 30,
    cachedPromptTokens: 10,
    completionTokens: 100
  })

  it('is signed when it says what came', async () => {
    const record = await asker.openReceipt(await provider.sealReceipt(receipt(asker.selfId)))
    expect(record.content).toEqual(receipt(asker.selfId))
    expect(judgeReceipt(expected(), record)).toBeUndefined()
  })

  it.each<[ReceiptFault, Partial<JobReceipt>]>([
    ['replayed', { job: 'f'.repeat(32) }],
    ['more_than_delivered', { completionTokens: 101 }],
    ['more_than_delivered', { promptTokens: 2_000 }],
    ['more_than_delivered', { cachedPromptTokens: 0 }],
    ['wrong_amount', { pricePerKiloToken: PRICE + 1 }],
    ['wrong_amount', { microCredits: 999 }],
    ['wrong_receipt', { completionTokens: 99 }],
    ['wrong_receipt', { observedFirstTokenMs: 20 }],
    ['wrong_receipt', { modelDigest: 'cd'.repeat(32) }]
  ])('is not: %s %o', async (fault, changes) => {
    const record = await asker.openReceipt(await provider.sealReceipt(receipt(asker.selfId, changes)))
    expect(judgeReceipt({ ...expected(), firstTokenAfterMs: 5_100 }, record)).toBe(fault)
  })

  it('of or for somebody else is not', async () => {
    const ofOther = await asker.openReceipt(await other.sealReceipt(receipt(asker.selfId)))
    const forOther = await asker.openReceipt(await provider.sealReceipt(receipt(other.selfId)))
    expect(judgeReceipt(expected(), ofOther)).toBe('wrong_pair')
    expect(judgeReceipt(expected(), forOther)).toBe('wrong_pair')
  })
})
