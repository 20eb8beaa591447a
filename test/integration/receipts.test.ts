import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { exportedLine, verifyReceipts } from '../../src/accounting/index.ts'
import { OPENING, openHomeLedger } from '../../src/node/books/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, testNode } from './support/nodes.ts'

const PRICE = 2_000
const WORDS = 300

function home(): string {
  const folder = mkdtempSync(join(tmpdir(), 'p2pai-receipts-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('both sides write down the same of every answer, also of those that come at the same time and of one that is left', async () => {
  const homes = { provider: home(), asker: home() }
  const engine = scriptedEngine({ answer: () => 'word '.repeat(WORDS).trim() })
  const provider = await testNode({ home: homes.provider, engines: [engine], pricePerKiloToken: PRICE })
  const asker = await testNode({ home: homes.asker, bootstrap: [addressOf(provider)] })
  const ask = () => asker.ask('Tell me a story.', { route: { peer: addressOf(provider) } })
  const results = await Promise.all(Array.from({ length: 6 }, () => ask().result()))
  for await (const text of ask()) if (text.length > 0) break
  await Promise.all([asker.stop(), provider.stop()])

  const [gave, took] = await Promise.all([openHomeLedger(homes.provider), openHomeLedger(homes.asker)])
  onTestFinished(() => [gave, took].forEach(ledger => void ledger.close()))
  const given = [...gave.receipts()]
  const taken = [...took.receipts()]
  expect(given).toHaveLength(6)
  const sorted = (receipts: typeof given) =>
    receipts
      .map(({ job, receipt, acknowledgement }) => ({ job, receipt, acknowledgement }))
      .sort((a, b) => (a.job < b.job ? -1 : 1))
  expect(sorted(given)).toEqual(sorted(taken))
  expect([...gave.refused(), ...took.refused()]).toEqual([])

  const whole = results.reduce((sum, { usage }) => sum + usage.promptTokens - usage.cachedPromptTokens + WORDS, 0)
  const theirs = gave.account(asker.peerId)!
  const mine = took.account(provider.peerId)!
  expect(mine.receipts).toBe(6)
  expect(mine.tookTokens).toBeGreaterThan(whole)
  expect(theirs.gaveTokens).toBeGreaterThanOrEqual(mine.tookTokens)
  // What is signed is what is owed, and what the asker has written down is no less.
  expect(theirs.gaveMicroCredits).toBeGreaterThanOrEqual((whole * PRICE) / 1_000)
  expect(mine.tookMicroCredits).toBeGreaterThanOrEqual(theirs.gaveMicroCredits)
  expect(took.spentOn(Date.now())).toBe(mine.tookMicroCredits)

  const lines = (async function* () {
    for (const receipt of given) yield `${exportedLine(receipt)}\n`
  })()
  const { receipts, pairs, bad } = await verifyReceipts(lines, OPENING)
  expect({ receipts, bad }).toEqual({ receipts: 6, bad: [] })
  expect(pairs).toEqual([
    {
      provider: provider.peerId,
      asker: asker.peerId,
      receipts: 6,
      tokens: whole,
      microCredits: (whole * PRICE) / 1_000
    }
  ])
})
