/**
 * Writes into the ledger of its first argument for ever, and says the number of each receipt that is kept; with
 * `strangers` as its third, the number of each stranger that got 64 tokens, of whom all but a few are summed up.
 */

import type { LedgerLimits } from '../../../src/accounting/index.ts'
import { openLedgerFile } from '../../../src/node/books/open-ledger.ts'

const [file, peer = 'peer', mode] = process.argv.slice(2)
const FEW: LedgerLimits = { receipts: 10, receiptsPerPeer: 10, accounts: 10 }
const ledger = await openLedgerFile(file, mode === 'strangers' ? FEW : undefined)
if (mode === 'strangers') {
  const met = ledger.accounts().reduce((sum, { gaveTokens }) => sum + gaveTokens / 64, 0)
  for (let number = met + 1; ; number++) {
    ledger.gave(`${peer} ${number}`, { tokens: 64, acknowledgedTokens: 64, microCredits: 64 })
    process.stdout.write(`${number}\n`)
  }
}
const bytes = new Uint8Array(200).fill(1)
const before = ledger.account(peer)?.receipts ?? 0
for (let number = before + 1; ; number++) {
  ledger.took(peer, { tokens: 32, microCredits: 16 })
  const content = {
    ...{ asker: peer, job: `${peer} ${number}`, modelDigest: '', pricePerKiloToken: 1_000 },
    ...{ promptTokens: 0, cachedPromptTokens: 0, completionTokens: 64, microCredits: 64 },
    ...{ observedFirstTokenMs: 1, totalMs: 2, issuedAtMs: number }
  }
  const signed = { content, receipt: bytes, acknowledgement: bytes }
  ledger.gave(peer, { tokens: 64, acknowledgedTokens: 64, microCredits: 64 }, signed)
  process.stdout.write(`${number}\n`)
}
