import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { NodeOptions } from '../../src/index.ts'
import { textMessage } from '../../src/interface/index.ts'
import { openHomeLedger } from '../../src/node/books/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, providersOf, testNode, until } from './support/nodes.ts'

const PRICE = 1_000_000
/** 500 tokens. */
const BUDGET = 500_000

async function scene(spending: { maxPricePerKiloToken?: number; budgetPerDay?: number }, options: NodeOptions = {}) {
  const engine = scriptedEngine({ name: 'scripted:same', answer: () => 'word '.repeat(800) })
  const dear = await testNode({ engines: [engine], pricePerKiloToken: PRICE })
  const asker = await testNode({ ...options, bootstrap: [addressOf(dear)], spending })
  await until('the dear one is known', () => providersOf(asker) === 1)
  return { dear, asker }
}

const withFree = async (dear: string) =>
  await testNode({ engines: [scriptedEngine({ name: 'scripted:same' })], bootstrap: [dear] })

test('nobody who asks more than the cap is asked, for one question or for all, by name or not', async () => {
  const { dear, asker } = await scene({})
  const ask = (cap: number, peer?: string) =>
    asker.ask('Hi', { route: { maxPricePerKiloToken: cap, discoveryTimeoutMs: 300, ...(peer && { peer }) } }).result()
  await expect(ask(PRICE - 1)).rejects.toMatchObject({ code: 'no_provider', message: /999999 micro-credits/ })
  await expect(ask(PRICE - 1, dear.peerId)).rejects.toMatchObject({ code: 'no_provider', message: /asks 1000000/ })
  expect((await ask(PRICE)).provider.peerId).toBe(dear.peerId)
  expect((await ask(PRICE, dear.peerId)).provider.peerId).toBe(dear.peerId)
  const free = await withFree(addressOf(dear))
  await until('both are known', () => providersOf(asker) === 2)
  expect((await ask(0)).provider.peerId).toBe(free.peerId)
})

test('the cap of a node holds for every question, whatever it says itself', async () => {
  const { asker } = await scene({ maxPricePerKiloToken: 5 })
  const dearer = asker.ask('Hi', { route: { maxPricePerKiloToken: 2 * PRICE, discoveryTimeoutMs: 300 } })
  await expect(dearer.result()).rejects.toMatchObject({ code: 'no_provider' })
})

test('a budget is never gone above, by requests that run side by side neither', async () => {
  const home = mkdtempSync(join(tmpdir(), 'p2pai-spending-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const { dear, asker } = await scene({ budgetPerDay: BUDGET }, { home })
  const ask = (maxTokens?: number) => {
    const question = { messages: [textMessage('user', 'Hi')], ...(maxTokens !== undefined && { maxTokens }) }
    return asker.ask(question, { route: { discoveryTimeoutMs: 300 } }).result()
  }
  const asked = await Promise.allSettled(Array.from({ length: 10 }, () => ask(50)))
  const refused = asked.filter(result => result.status === 'rejected')
  expect(refused.length).toBeGreaterThanOrEqual(5)
  expect(refused.length).toBeLessThan(10)
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'refused', message: /budget of this day/ })
  // What nobody used is there again, and bounds the answer.
  const last = await ask()
  expect(last).toMatchObject({ finishReason: 'length', provider: { peerId: dear.peerId } })
  await expect(ask()).rejects.toMatchObject({ code: 'refused', message: /budget of this day/ })
  const free = await withFree(addressOf(dear))
  await until('both are known', () => providersOf(asker) === 2)
  expect((await ask()).provider.peerId).toBe(free.peerId)
  await asker.stop()
  const ledger = await openHomeLedger(home)
  onTestFinished(() => ledger.close())
  const spent = ledger.spentOn(Date.now())
  expect(spent).toBeLessThanOrEqual(BUDGET)
  expect(spent).toBeGreaterThan(BUDGET / 2)
})

test('a question can have a lower budget than its node', async () => {
  const { asker } = await scene({ budgetPerDay: 1e12 })
  const ask = () => asker.ask('Hi', { route: { budgetPerDay: BUDGET, discoveryTimeoutMs: 300 } }).result()
  expect(await ask()).toMatchObject({ finishReason: 'length' })
  await expect(ask()).rejects.toMatchObject({ code: 'refused' })
  expect(await asker.ask('Hi').result()).toMatchObject({ finishReason: 'stop' })
})

test('a price with a fraction is the whole one below it, advertised and asked alike', async () => {
  const dear = await testNode({ engines: [scriptedEngine()], pricePerKiloToken: 5.7 })
  const asker = await testNode({ bootstrap: [addressOf(dear)] })
  await until('the dear one is known', () => providersOf(asker) === 1)
  expect((await asker.ask('Hi').result()).provider.peerId).toBe(dear.peerId)
  expect((await asker.ask('Hi', { route: { maxPricePerKiloToken: 5 } }).result()).provider.peerId).toBe(dear.peerId)
})

test('a peer that is named and has no advert here is asked its price first, and paid that', async () => {
  const dear = await testNode({ engines: [scriptedEngine()], pricePerKiloToken: PRICE })
  const asker = await testNode()
  const answer = await asker.ask('Hi', { route: { peer: addressOf(dear) } }).result()
  expect(answer.provider.peerId).toBe(dear.peerId)
})
