import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { InvalidRequestError, type LedgerAccount, openLedger, verifyReceipts } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { table } from '../output/table.ts'

/** Bad lines that are named one by one. */
const MAX_NAMED_LINES = 20

interface JsonFlag {
  json?: boolean | undefined
}

/** `p2pai ledger`. */
export async function showLedger(flags: JsonFlag, { terminal }: CommandContext): Promise<number> {
  const ledger = await openLedger()
  try {
    const accounts = ledger.accounts()
    const refused = ledger.refused()
    const spentToday = ledger.spentOn(Date.now())
    if (flags.json) {
      const spent = { spentTodayMicroCredits: spentToday }
      await terminal.writeJson({ version: 1, accounts: accounts.map(withBalance), refused, ...spent })
      return 0
    }
    if (accounts.length === 0) terminal.note('nothing was given or taken yet')
    else
      await terminal.write(table(['PEER', 'GAVE', 'SIGNED', 'TOOK', 'OWES YOU', 'RECEIPTS', 'NOTE'], accounts.map(row)))
    if (spentToday > 0) terminal.note(`spent today (UTC): ${spentToday} micro-credits`)
    if (refused.length > 0) terminal.note(`${refused.length} signed records were refused; see: p2pai ledger --json`)
    return 0
  } finally {
    ledger.close()
  }
}

/** `p2pai ledger export`. */
export async function exportLedger(file: string | undefined, { terminal }: CommandContext): Promise<number> {
  const ledger = await openLedger()
  try {
    let count = 0
    const target = file === undefined ? undefined : await openFor(file)
    try {
      for (const line of ledger.exportedLines()) {
        count++
        if (target === undefined) await terminal.write(`${line}\n`)
        else await target.write(`${line}\n`)
      }
    } finally {
      await target?.close()
    }
    terminal.note(`${count} ${count === 1 ? 'receipt' : 'receipts'} written`)
    return 0
  } finally {
    ledger.close()
  }
}

/** `p2pai ledger verify`. */
export async function verifyLedger(file: string, flags: JsonFlag, { terminal }: CommandContext): Promise<number> {
  const { receipts, pairs, bad, badCount } = await verifyReceipts(chunksOf(file))
  if (flags.json) await terminal.writeJson({ version: 1, receipts, pairs, bad, badCount })
  else {
    const rows = pairs.map(({ provider, asker, ...sum }) => [
      provider,
      asker,
      sum.receipts,
      sum.tokens,
      sum.microCredits
    ])
    if (rows.length > 0) await terminal.write(table(['PROVIDER', 'ASKER', 'RECEIPTS', 'TOKENS', 'MICRO-CREDITS'], rows))
    for (const { line, explanation } of bad.slice(0, MAX_NAMED_LINES)) terminal.note(`line ${line}: ${explanation}`)
    if (badCount > MAX_NAMED_LINES) terminal.note(`and ${badCount - MAX_NAMED_LINES} more lines`)
    terminal.note(`${receipts} good, ${badCount} bad`)
  }
  return badCount === 0 ? 0 : 1
}

function withBalance(account: LedgerAccount): LedgerAccount & { balanceMicroCredits: number } {
  return { ...account, balanceMicroCredits: account.gaveMicroCredits - account.tookMicroCredits }
}

function row(account: LedgerAccount): (string | number)[] {
  const { peer, gaveTokens, acknowledgedTokens, tookTokens, receipts, isBanned } = account
  const { balanceMicroCredits } = withBalance(account)
  return [peer, gaveTokens, acknowledgedTokens, tookTokens, balanceMicroCredits, receipts, isBanned ? 'fraud' : '']
}

async function openFor(file: string) {
  try {
    return await open(file, 'w', 0o600)
  } catch (error) {
    throw unusable(file, error)
  }
}

async function* chunksOf(file: string): AsyncGenerator<string> {
  const source = file === '-' ? process.stdin : createReadStream(file)
  source.setEncoding('utf8')
  try {
    for await (const chunk of source) yield String(chunk)
  } catch (error) {
    throw unusable(file, error)
  }
}

function unusable(file: string, error: unknown): InvalidRequestError {
  const reason = error instanceof Error ? error.message : String(error)
  return new InvalidRequestError(`cannot use ${file}: ${reason}`, { cause: error, details: { field: 'file' } })
}
