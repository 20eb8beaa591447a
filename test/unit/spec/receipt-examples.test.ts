import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FAULT_TEXTS } from '../../../src/accounting/signing.ts'
import { jobIdOf } from '../../../src/protocols/receipt/job-id.ts'
import {
  decodeAcknowledgement,
  decodeReceipt,
  encodeAcknowledgement,
  encodeReceipt
} from '../../../src/protocols/receipt/receipt-codec.ts'

const page = readFileSync(new URL('../../../spec/receipt.md', import.meta.url), 'utf8')
const lines = /```frames\n([\s\S]*?)```/.exec(page)![1]!.trim().split('\n')
const examples = new Map(lines.map(line => line.split(' ') as [string, string]))

const peer = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const job = examples.get('job')!
const totals = { promptTokens: 300, cachedPromptTokens: 128, completionTokens: 100, microCredits: 1_360 }
const acknowledgement = { ...totals, provider: peer, job, sequence: 2, receiptHash: 'ab'.repeat(32) }
const receipt = {
  ...totals,
  asker: peer,
  job,
  modelDigest: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  pricePerKiloToken: 5_000,
  promisedFirstTokenMs: 430,
  observedFirstTokenMs: 455,
  totalMs: 3_200,
  issuedAtMs: 1_700_000_000_000
}
const bytes = (name: string) => new Uint8Array(Buffer.from(examples.get(name)!, 'hex'))
const hex = (encoded: Uint8Array) => Buffer.from(encoded).toString('hex')

describe('examples of spec/receipt.md', () => {
  it('has the id of a job', () => {
    const nonces = Uint8Array.from({ length: 32 }, (_, index) => index)
    expect(jobIdOf(nonces.subarray(0, 16), nonces.subarray(16))).toBe(job)
  })

  it('has the records as they are encoded and decoded', () => {
    expect(examples.get('acknowledgement')).toBe(hex(encodeAcknowledgement(acknowledgement)))
    expect(decodeAcknowledgement(bytes('acknowledgement'))).toEqual(acknowledgement)
    expect(examples.get('receipt')).toBe(hex(encodeReceipt(receipt)))
    expect(decodeReceipt(bytes('receipt'))).toEqual(receipt)
  })

  it('names every fault', () => {
    for (const fault of Object.keys(FAULT_TEXTS)) expect(page).toContain(`\n| \`${fault}\` |`)
  })

  it.each([
    ['no number', { ...acknowledgement, sequence: 0 }],
    ['a hash that is cut', { ...acknowledgement, receiptHash: 'abcd' }],
    ['a job that is cut', { ...acknowledgement, job: 'abcd' }],
    ['more cached than read', { ...acknowledgement, promptTokens: 1 }],
    ['more tokens than a request can have', { ...acknowledgement, completionTokens: 2 ** 31 }],
    ['a sum beyond counting', { ...acknowledgement, microCredits: 2 ** 60 }]
  ])('refuses an acknowledgement with %s', (_, bad) => {
    const read = () => decodeAcknowledgement(encodeAcknowledgement(bad))
    expect(read).toThrowError(expect.objectContaining({ code: 'protocol_error', fault: 'malformed' }))
  })
})
