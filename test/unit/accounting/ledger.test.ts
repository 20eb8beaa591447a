import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openLedgerFile } from '../../../src/node/books/index.ts'
import { ledgerOf, receipt } from './fixtures.ts'

const bytes = new Uint8Array([1, 2, 3])
const PEER = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const signed = (job: string) => ({ content: receipt(PEER, { job }), receipt: bytes, acknowledgement: bytes })
const given = (tokens: number) => ({ tokens, acknowledgedTokens: tokens, microCredits: tokens })

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'p2pai-ledger-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'ledger.db')
}

it('sums up what was given and taken, by peer, and keeps it over a restart, for its owner alone', async () => {
  const path = file()
  const ledger = await openLedgerFile(path)
  ledger.gave('a', { tokens: 100, acknowledgedTokens: 64, microCredits: 32 })
  ledger.gave('a', { tokens: 28, acknowledgedTokens: 64, microCredits: 32 }, signed('1'))
  ledger.took('a', { tokens: 10, microCredits: 5 })
  ledger.took('b', { tokens: 7, microCredits: 0 })
  expect(ledger.spentOn(Date.now())).toBe(5)
  expect(ledger.spentOn(Date.now() - 24 * 60 * 60_000)).toBe(0)
  ledger.close()
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const again = await ledgerOf(path)
  const sums = { gaveTokens: 128, acknowledgedTokens: 128, gaveMicroCredits: 64, tookTokens: 10, tookMicroCredits: 5 }
  expect(again.account('a')).toMatchObject({ ...sums, receipts: 1, isBanned: false })
  expect(again.accounts().map(({ peer }) => peer)).toEqual(['a', 'b'])
  expect(again.account('c')).toBeUndefined()
  const [kept] = [...again.receipts()]
  expect(kept).toMatchObject({
    job: '1',
    role: 'gave',
    peer: 'a',
    promisedFirstTokenMs: 400,
    observedFirstTokenMs: 420
  })
})

it('keeps so many receipts, the newest, and all sums', async () => {
  const ledger = await ledgerOf(undefined, { receipts: 3, receiptsPerPeer: 3, accounts: 10 })
  for (let number = 1; number <= 10; number++) ledger.gave('a', given(1), signed(`${number}`))
  expect([...ledger.receipts()].map(({ job }) => job)).toEqual(['8', '9', '10'])
  expect(ledger.account('a')).toMatchObject({ gaveTokens: 10, receipts: 10 })
})

it('strangers do not drive out the receipts of others, one with many of them nor many with one each', async () => {
  const ledger = await ledgerOf(undefined, { receipts: 20, receiptsPerPeer: 8, accounts: 1_000 })
  ledger.took('friend', { tokens: 5, microCredits: 5 }, signed('friend'))
  ledger.gave('debtor', given(5), signed('debtor'))
  for (let number = 0; number < 100; number++) ledger.gave('eager', given(1), signed(`eager${number}`))
  const jobs = () => [...ledger.receipts()].map(({ job }) => job)
  expect(jobs()).toHaveLength(10)
  expect(jobs()).toEqual(expect.arrayContaining(['friend', 'debtor', 'eager99']))
  for (let number = 0; number < 100; number++) ledger.gave(`sybil${number}`, given(1), signed(`sybil${number}`))
  expect(jobs()).toHaveLength(20)
  expect(jobs()).toEqual(expect.arrayContaining(['friend', 'sybil99']))
})

it('sums up strangers that count for least in one account; who gave and who cheated stay', async () => {
  const ledger = await ledgerOf(undefined, { receipts: 3, receiptsPerPeer: 3, accounts: 5 })
  ledger.took('friend', { tokens: 1, microCredits: 1 })
  ledger.refuse('cheat', 'double_spend', [bytes, bytes])
  for (let number = 0; number < 50; number++) ledger.gave(`stranger${number}`, given(2))
  const accounts = ledger.accounts()
  expect(accounts).toHaveLength(6)
  expect(accounts.map(({ peer }) => peer)).toEqual(expect.arrayContaining(['friend', 'cheat', 'others']))
  expect(accounts.reduce((sum, { gaveTokens }) => sum + gaveTokens, 0)).toBe(100)
  expect(ledger.account('cheat')!.isBanned).toBe(true)
})

it('strangers by the thousand wipe no standing and no debt, with fraud or without', async () => {
  const ledger = await ledgerOf(undefined, { receipts: 3, receiptsPerPeer: 3, accounts: 50 })
  const names = (kind: string) => Array.from({ length: 10 }, (_, number) => `${kind}${number}`)
  for (const peer of names('friend')) ledger.took(peer, { tokens: 1_000, microCredits: 0 })
  for (const peer of names('debtor')) ledger.gave(peer, given(1_000))
  ledger.refuse('friend0', 'double_spend', [bytes, bytes])
  for (let number = 0; number < 500; number++) {
    ledger.gave(`one${number}`, given(1))
    ledger.gave(`fraud${number}`, given(2))
    ledger.refuse(`fraud${number}`, 'double_spend', [bytes, bytes])
  }
  for (const peer of names('friend')) expect(ledger.account(peer)).toMatchObject({ tookTokens: 1_000 })
  for (const peer of names('debtor')) expect(ledger.account(peer)).toMatchObject({ gaveTokens: 1_000 })
  expect(ledger.account('friend0')!.isBanned).toBe(true)
  expect(ledger.accounts().length).toBeLessThanOrEqual(51)
  // Who comes now is not lost among them before it counts for something.
  for (let round = 0; round < 20; round++) {
    ledger.gave('newcomer', given(64))
    ledger.gave(`another${round}`, given(1))
  }
  expect(ledger.account('newcomer')).toMatchObject({ gaveTokens: 20 * 64 })
})

it('keeps what was refused, and both sides of a fraud longest', async () => {
  const ledger = await ledgerOf()
  ledger.refuse('cheat', 'double_spend', [bytes, bytes])
  for (let number = 0; number < 1_100; number++) ledger.refuse(`fool${number}`, 'malformed', [bytes])
  const refused = ledger.refused()
  expect(refused).toHaveLength(1_000)
  expect(refused.filter(({ isProof }) => isProof)).toMatchObject([{ peer: 'cheat', fault: 'double_spend' }])
})

it('nobody fills the disk with what is refused: of one peer ten are kept, and 2 KiB of each', async () => {
  const path = file()
  const ledger = await ledgerOf(path)
  for (let number = 0; number < 50; number++) ledger.refuse('fool', 'malformed', [new Uint8Array(1 << 20)])
  expect(ledger.refused()).toHaveLength(10)
  const { size } = statSync(path)
  expect(size).toBeLessThan(256 << 10)
})

it('keeps a job once only: nothing of a change that fails is there', async () => {
  const ledger = await ledgerOf()
  ledger.gave('a', given(1), signed('1'))
  expect(() => ledger.gave('a', given(1), signed('1'))).toThrowError(expect.objectContaining({ code: 'home_unusable' }))
  expect(ledger.account('a')).toMatchObject({ gaveTokens: 1, receipts: 1 })
})

it('says so of a file that is damaged, and of a closed one nothing', async () => {
  const path = file()
  writeFileSync(path, 'damaged '.repeat(1_000))
  await expect(openLedgerFile(path)).rejects.toMatchObject({ code: 'home_unusable', message: /ledger.*damaged/ })
  const ledger = await openLedgerFile()
  ledger.close()
  expect(() => ledger.gave('a', given(1))).not.toThrow()
  ledger.close()
})
