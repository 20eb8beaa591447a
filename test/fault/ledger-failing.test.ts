import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LOCAL_TENANT, textMessage } from '../../src/interface/index.ts'
import { Books } from '../../src/node/books/books.ts'
import type { Spending } from '../../src/node/books/spending.ts'

const PEER = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const CHEAT = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
const bytes = Uint8Array.of(1, 2)

/** Books in a file that another program can damage. */
async function scene(spending: Spending = {}) {
  const home = mkdtempSync(join(tmpdir(), 'p2pai-ledger-'))
  const file = join(home, 'ledger.db')
  const errors: unknown[] = []
  const books = await Books.open({
    ...{ file, key: await generateKeyPair('Ed25519'), pricePerKiloToken: () => 0, spending },
    onError: error => errors.push(error)
  })
  const damage = (sql: string) => {
    const other = new DatabaseSync(file)
    other.exec(sql)
    other.close()
  }
  onTestFinished(() => {
    books.close()
    rmSync(home, { recursive: true, force: true })
  })
  return { books, errors, damage }
}

describe('a ledger that cannot be read or written', () => {
  it('stops no serving: peers are admitted and have their turns, and whoever is known to have cheated is not', async () => {
    const { books, errors, damage } = await scene()
    books.ledger.refuse(CHEAT, 'double_spend', [bytes, bytes])
    expect(() => books.admit(CHEAT)).toThrowError(expect.objectContaining({ code: 'refused' }))
    damage('DROP TABLE accounts')
    books.admit(PEER)
    expect(books.standing.weightOf(PEER)).toBeGreaterThan(0)
    books.standing.poolOf(PEER)
    expect(books.standing.poolOf(LOCAL_TENANT)).toBeUndefined()
    books.forProvider.unsigned(PEER, 5)
    expect(() => books.admit(CHEAT)).toThrowError(expect.objectContaining({ code: 'refused' }))
    expect(errors.length).toBeGreaterThan(0)
    for (const error of errors) expect(error).toMatchObject({ code: 'home_unusable' })
  })

  it('spends nothing of a budget that nobody can look up, and anything where there is none', async () => {
    const withBudget = await scene({ budgetPerDay: 1_000 })
    const without = await scene()
    for (const { damage } of [withBudget, without]) damage('DROP TABLE days')
    expect(withBudget.books.priceCap()).toEqual({ maxPricePerKiloToken: 0, isSpent: true })
    expect(without.books.priceCap()).toEqual({ isSpent: false })
    expect(withBudget.errors.length).toBeGreaterThan(0)
  })

  it('what could not be written down is spent all the same', async () => {
    const { books, errors, damage } = await scene({ budgetPerDay: 1_000 })
    const quote = async () => {
      throw new Error('nobody is asked for a quote')
    }
    const asker = books.forAsker({ advertised: () => 1_000, quote })
    damage('CREATE TRIGGER full BEFORE INSERT ON accounts BEGIN SELECT RAISE(FAIL, "disk full"); END')
    const request = { model: 'auto', messages: [textMessage('user', 'Hi')], maxTokens: 900 }
    const plan = await asker.plan(PEER, request, {}, new AbortController().signal)
    const job = plan.open({ peer: PEER, job: '00'.repeat(16), pricePerKiloToken: 1_000 })
    await job.acknowledge(900)
    plan.close()
    expect(errors.length).toBeGreaterThan(0)
    await expect(asker.plan(PEER, request, {}, new AbortController().signal)).resolves.toMatchObject({ maxTokens: 34 })
  })
})
