import { expect, test } from 'vitest'
import { scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, providersOf, testNode, until } from './support/nodes.ts'

const PRICE = 1_000_000

async function scene(spending: { maxPricePerKiloToken?: number; budgetPerDay?: number }) {
  const dear = await testNode({ engines: [scriptedEngine({ name: 'scripted:same' })], pricePerKiloToken: PRICE })
  const asker = await testNode({ bootstrap: [addressOf(dear)], spending })
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

test('when the budget of the day is spent, only who wants nothing is asked; until then anybody', async () => {
  const { dear, asker } = await scene({ budgetPerDay: 1_000 })
  const ask = () => asker.ask('Hi', { route: { discoveryTimeoutMs: 300 } }).result()
  expect((await ask()).provider.peerId).toBe(dear.peerId)
  await expect(ask()).rejects.toMatchObject({ code: 'refused', message: /budget of this day/ })
  const free = await withFree(addressOf(dear))
  await until('both are known', () => providersOf(asker) === 2)
  expect((await ask()).provider.peerId).toBe(free.peerId)
})

test('a question can have a lower budget than its node', async () => {
  const { asker } = await scene({ budgetPerDay: 1e12 })
  const ask = () => asker.ask('Hi', { route: { budgetPerDay: 1_000, discoveryTimeoutMs: 300 } }).result()
  await ask()
  await expect(ask()).rejects.toMatchObject({ code: 'refused' })
  await asker.ask('Hi').result()
})
