import { expect, it } from 'vitest'
import { exportedLine, verifyReceipts } from '../../../src/accounting/index.ts'
import { hashOf } from '../../../src/accounting/signing.ts'
import { OPENING } from '../../../src/node/books/index.ts'
import { acknowledgement, type Party, party, receipt } from './fixtures.ts'

/** A line that both have signed. */
async function line([provider, asker]: [Party, Party], job: string, completionTokens = 100): Promise<string> {
  const sealed = await provider.sealReceipt(receipt(asker.selfId, { job, completionTokens }))
  const tokens = { promptTokens: 30, cachedPromptTokens: 10, completionTokens }
  const content = acknowledgement(provider.selfId, { job, sequence: 2, receiptHash: hashOf(sealed), ...tokens })
  return exportedLine({ receipt: sealed, acknowledgement: await asker.sealAcknowledgement(content) })
}

async function* file(lines: string[]): AsyncGenerator<string> {
  yield lines.join('\n')
}

const jobOf = (number: number) => number.toString(16).padStart(32, '0')

async function pair(): Promise<[Party, Party]> {
  return [await party(), await party()]
}

it('two receipts of one job, each signed by both, are a double spend, and the same one again is replayed', async () => {
  const both = await pair()
  const one = await line(both, jobOf(1))
  const lines = [one, await line(both, jobOf(1), 101), one, await line(both, jobOf(2))]
  const { receipts, pairs, bad } = await verifyReceipts(file(lines), OPENING)
  expect(receipts).toBe(2)
  expect(bad.map(({ line: number, fault }) => [number, fault])).toEqual([
    [2, 'double_spend'],
    [3, 'replayed']
  ])
  expect(pairs).toMatchObject([{ receipts: 2, tokens: 240 }])
})

it('the same job of another pair is another job', async () => {
  const lines = [await line(await pair(), jobOf(1)), await line(await pair(), jobOf(1))]
  expect(await verifyReceipts(file(lines), OPENING)).toMatchObject({ receipts: 2, bad: [] })
})

it('a line of another version proves nothing', async () => {
  const good = JSON.parse(await line(await pair(), jobOf(1))) as object
  const { version: _none, ...without } = good as { version: number }
  const lines = [JSON.stringify({ ...good, version: 2 }), JSON.stringify(without)]
  const { receipts, bad } = await verifyReceipts(file(lines), OPENING)
  expect(receipts).toBe(0)
  expect(bad).toMatchObject([
    { fault: 'malformed', explanation: /another version/ },
    { fault: 'malformed', explanation: /another version/ }
  ])
})

it('a hostile file does not fill the memory: bad lines are counted, and too many receipts end the check', async () => {
  const both = await pair()
  const limits = { receipts: 2, bad: 3 }
  const rubbish = await verifyReceipts(file(Array(50).fill('rubbish')), OPENING, limits)
  expect(rubbish).toMatchObject({ badCount: 50 })
  expect(rubbish.bad.map(({ line: number }) => number)).toEqual([1, 2, 3])
  const many = await Promise.all([1, 2, 3].map(number => line(both, jobOf(number))))
  await expect(verifyReceipts(file(many), OPENING, limits)).rejects.toMatchObject({ code: 'payload_too_large' })
})
