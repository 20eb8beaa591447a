import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import type { LedgerAccount } from '../../src/interface/index.ts'
import { openLedgerFile } from '../../src/node/books/open-ledger.ts'

const WRITER = join(import.meta.dirname, 'support/ledger-writer.ts')
const KILLS = process.env.P2PAI_PROVE ? 200 : 10
const WRITERS = ['daemon', 'command']
const START_TIMEOUT_MS = 30_000

test(
  `the ledger is intact after ${KILLS} kills of each of two processes that write to it: no sum falls, no kept receipt is lost`,
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'p2pai-ledger-'))
    onTestFinished(() => rmSync(home, { recursive: true, force: true }))
    const file = join(home, 'ledger.db')
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

/** Lets a process write until it has said a few numbers, and kills it in whatever it does then. */
async function writeAndDie(file: string, name: string): Promise<number> {
  const child = spawn(process.execPath, [WRITER, file, name], { stdio: ['ignore', 'pipe', 'inherit'] })
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
