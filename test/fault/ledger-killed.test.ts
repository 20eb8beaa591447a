import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { LEDGER_MIGRATIONS } from '../../src/accounting/index.ts'
import type { LedgerAccount } from '../../src/interface/index.ts'
import { openLedgerFile } from '../../src/node/books/open-ledger.ts'

const WRITER = join(import.meta.dirname, 'support/ledger-writer.ts')
const KILLS = process.env.P2PAI_PROVE ? 200 : 10
const WRITERS = ['daemon', 'command']
const START_TIMEOUT_MS = 30_000
const OLD_RECEIPTS = 2_000

test(
  `the ledger is intact after ${KILLS} kills of each of two processes that write to it: no sum falls, no kept receipt is lost`,
  async () => {
    const file = join(folder(), 'ledger.db')
    let before = new Map<string, LedgerAccount>()
    for (let kill = 0; kill < KILLS; kill++) {
      const said = await Promise.all(WRITERS.map(async name => [name, await writeAndDie(file, name)] as const))
      const ledger = await openLedgerFile(file)
      const now = new Map(ledger.accounts().map(account => [account.peer, account]))
      const kept = new Set([...ledger.receipts()].map(({ job }) => job))
      ledger.close()
      for (const [name, number] of said) {
        const account = now.get(name)!
        expect(account.receipts).toBeGreaterThanOrEqual(number)
        for (let one = 1; one <= account.receipts; one++) expect(kept).toContain(`${name} ${one}`)
        // Every change is whole: the sums are those of the receipts.
        expect(account.gaveTokens).toBe(64 * account.receipts)
        expect(account.acknowledgedTokens).toBe(account.gaveTokens)
        expect(account.tookMicroCredits).toBe(account.tookTokens / 2)
        const { gaveTokens = 0, tookTokens = 0, receipts = 0 } = before.get(name) ?? {}
        expect(account.gaveTokens).toBeGreaterThanOrEqual(gaveTokens)
        expect(account.tookTokens).toBeGreaterThanOrEqual(tookTokens)
        expect(account.receipts).toBeGreaterThan(receipts)
      }
      const raw = new DatabaseSync(file)
      expect(raw.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
      raw.close()
      before = now
    }
  },
  KILLS * START_TIMEOUT_MS
)

test(
  `no sum is lost in ${KILLS} kills while strangers are summed up`,
  async () => {
    const file = join(folder(), 'ledger.db')
    for (let kill = 0; kill < KILLS; kill++) {
      const said = await writeAndDie(file, 'stranger', 'strangers')
      const ledger = await openLedgerFile(file)
      const accounts = ledger.accounts()
      ledger.close()
      expect(accounts.length).toBeLessThanOrEqual(11)
      const sum = (of: (account: LedgerAccount) => number) => accounts.reduce((all, account) => all + of(account), 0)
      expect(sum(({ gaveTokens }) => gaveTokens)).toBeGreaterThanOrEqual(64 * said)
      for (const { gaveTokens, acknowledgedTokens } of accounts) expect(acknowledgedTokens).toBe(gaveTokens)
    }
  },
  KILLS * START_TIMEOUT_MS
)

test(
  `a ledger is whole after each of ${KILLS} kills while it is made, and of ${KILLS} while an older one is brought up to date`,
  async () => {
    let hasDied = false
    for (let kill = 0; kill < KILLS; kill++) {
      for (const isOlder of [false, true]) {
        const file = join(folder(), 'ledger.db')
        if (isOlder) makeOlder(file)
        const said = await openAndDie(file, 1 + (kill % 8))
        hasDied ||= said === 0
        const ledger = await openLedgerFile(file)
        expect([...ledger.receipts()].length).toBeGreaterThanOrEqual(said + (isOlder ? OLD_RECEIPTS : 0))
        ledger.took('after', { tokens: 1, microCredits: 0 })
        ledger.close()
        const raw = new DatabaseSync(file)
        expect(raw.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
        expect(raw.prepare('PRAGMA user_version').get()).toEqual({ user_version: LEDGER_MIGRATIONS.length })
        raw.close()
      }
    }
    // Else none of them died before its ledger was there, and nothing was shown.
    expect(hasDied).toBe(true)
  },
  2 * KILLS * START_TIMEOUT_MS
)

function folder(): string {
  const home = mkdtempSync(join(tmpdir(), 'p2pai-ledger-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

/** A ledger of the first version, with receipts in it. */
function makeOlder(file: string): void {
  const old = new DatabaseSync(file)
  old.exec(`PRAGMA journal_mode = WAL; ${LEDGER_MIGRATIONS[0]}; PRAGMA user_version = 1; BEGIN`)
  const insert = old.prepare(
    `INSERT INTO receipts (job, role, peer, issued_ms, observed_ms, receipt, acknowledgement)
     VALUES (?, 'gave', 'old', 1, 1, x'01', x'01')`
  )
  for (let number = 0; number < OLD_RECEIPTS; number++) insert.run(`old ${number}`)
  old.exec('COMMIT')
  old.close()
}

/** Lets a process open a ledger, and kills it at the so-manieth change in its folder, or when it has said a number. */
async function openAndDie(file: string, changes: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, file, 'peer'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  let seen = 0
  const watcher = watch(dirname(file), () => {
    if (++seen === changes) child.kill('SIGKILL')
  })
  let said = 0
  for await (const line of createInterface({ input: child.stdout })) {
    said = Number(line)
    child.kill('SIGKILL')
  }
  await gone
  watcher.close()
  return said
}

/** Lets a process write until it has said a few numbers, and kills it in whatever it does then. */
async function writeAndDie(file: string, name: string, mode = 'receipts'): Promise<number> {
  const child = spawn(process.execPath, [WRITER, file, name, mode], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const lines = 1 + Math.floor(Math.random() * 20)
  let said = 0
  let heard = 0
  for await (const line of createInterface({ input: child.stdout })) {
    said = Number(line)
    if (++heard >= lines) child.kill('SIGKILL')
  }
  await gone
  return said
}
