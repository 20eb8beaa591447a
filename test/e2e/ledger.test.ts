import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newHome, run, serve } from './command.ts'

const json = async (home: string, ...words: string[]) => JSON.parse((await run(home, [...words, '--json'])).out)

test('after an ask both sides know the same, and what one of them exports is verified anywhere', async () => {
  const [giver, taker] = [newHome(), newHome()]
  const served = await serve(giver, ['--price', '7000'])
  onTestFinished(async () => void (await served.stop()))
  const address = served.ready.addresses[0]!
  const question = [
    'ask',
    '--no-mdns',
    '--json',
    '--bootstrap',
    address,
    '--peer',
    address,
    'What is the capital of France?'
  ]
  const answer = JSON.parse((await run(taker, question)).out)
  const { peerId } = await json(taker, 'id')

  const [theirs] = (await json(giver, 'ledger')).accounts
  const [mine] = (await json(taker, 'ledger')).accounts
  expect(theirs).toMatchObject({ peer: peerId, receipts: 1, isBanned: false })
  expect(mine).toMatchObject({ peer: served.ready.peerId, receipts: 1, gaveTokens: 0 })
  expect(mine.tookTokens).toBeGreaterThan(answer.usage.promptTokens - answer.usage.cachedPromptTokens)
  expect(theirs).toMatchObject({ gaveTokens: mine.tookTokens, acknowledgedTokens: mine.tookTokens })
  expect(theirs.balanceMicroCredits).toBe(mine.tookTokens * 7)
  expect(mine.balanceMicroCredits).toBe(-theirs.balanceMicroCredits)
  expect(statSync(join(giver, 'ledger.db')).mode & 0o777).toBe(0o600)
  const { out } = await run(giver, ['ledger'])
  expect(out).toMatch(new RegExp(`^PEER +GAVE +SIGNED +TOOK +OWES YOU +RECEIPTS +NOTE\n${peerId} +${mine.tookTokens} `))

  const file = join(taker, 'receipts.jsonl')
  expect(await run(taker, ['ledger', 'export', file])).toMatchObject({ code: 0, err: '1 receipt written\n' })
  expect((await run(giver, ['ledger', 'export'])).out).toBe(readFileSync(file, 'utf8'))
  const sum = { provider: served.ready.peerId, asker: peerId, receipts: 1, tokens: mine.tookTokens }
  const elsewhere = newHome()
  expect(await json(elsewhere, 'ledger', 'verify', file)).toEqual({
    version: 1,
    receipts: 1,
    pairs: [{ ...sum, microCredits: theirs.balanceMicroCredits }],
    bad: [],
    badCount: 0
  })

  const line = JSON.parse(readFileSync(file, 'utf8'))
  const forged = Buffer.from(line.receipt, 'base64')
  forged[forged.length - 1]! ^= 1
  const bad = [
    { ...line, receipt: forged.toString('base64') },
    { ...line, acknowledgement: line.acknowledgement.slice(0, 80) },
    { ...line, acknowledgement: line.receipt },
    line,
    line
  ]
  writeFileSync(file, `not JSON\n\n${bad.map(value => JSON.stringify(value)).join('\n')}\n${'x'.repeat(1 << 20)}`)
  const found = await run(elsewhere, ['ledger', 'verify', file, '--json'])
  expect(found.code).toBe(1)
  expect(JSON.parse(found.out).bad.map((entry: { line: number; fault: string }) => [entry.line, entry.fault])).toEqual([
    [1, 'malformed'],
    [3, 'forged'],
    [4, 'malformed'],
    [5, 'malformed'],
    [7, 'replayed'],
    [8, 'malformed']
  ])
  const inWords = await run(elsewhere, ['ledger', 'verify', file])
  expect(inWords.err).toMatch(/^line 1: malformed: .*\n(line .*\n)+1 good, 6 bad\n$/)
  expect(await run(elsewhere, ['ledger', 'verify', join(elsewhere, 'nothing')])).toMatchObject({ code: 2 })
})

test('a ledger without anything in it says so', async () => {
  const home = newHome()
  expect(await run(home, ['ledger'])).toMatchObject({ code: 0, out: '', err: 'nothing was given or taken yet\n' })
  expect(await run(home, ['ledger', 'export'])).toMatchObject({ code: 0, out: '', err: '0 receipts written\n' })
})
