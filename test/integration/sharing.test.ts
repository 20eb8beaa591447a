import { expect, test } from 'vitest'
import { scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, testNode, until } from './support/nodes.ts'

test('a device that is too hot or outside of its hours is known, not asked, and says why', async () => {
  const hot = await testNode({ engines: [scriptedEngine()], sharing: { device: { thermal: 'serious' } } })
  const asker = await testNode({ bootstrap: [addressOf(hot)] })
  await until('it is known', () => asker.peers().some(({ advert }) => advert !== undefined))
  const advert = asker.peers().find(({ peerId }) => peerId === hot.peerId)?.advert
  expect(advert).toMatchObject({ thermal: 'serious', models: [{ slots: { total: 0, free: 0 } }] })
  const route = { discoveryTimeoutMs: 50 }
  await expect(asker.ask('Hello', { route }).text()).rejects.toMatchObject({ code: 'no_provider' })
  // Asked all the same, it says so; its own questions it answers.
  await expect(asker.ask('Hello', { route: { peer: addressOf(hot) } }).text()).rejects.toMatchObject({
    code: 'busy',
    message: expect.stringContaining('busy')
  })
  expect(await hot.ask('Hello').text()).toContain('quick brown fox')
})

test('a price stands in adverts and quotes, and an asker keeps to its own bound', async () => {
  const dear = await testNode({ engines: [scriptedEngine()], pricePerKiloToken: 50 })
  const asker = await testNode({ bootstrap: [addressOf(dear)] })
  await until('it is known', () => asker.peers().some(({ advert }) => advert?.pricePerKiloToken === 50))
  expect(await asker.ask('Hello', { route: { maxPricePerKiloToken: 50 } }).text()).toContain('quick brown fox')
  await expect(
    asker.ask('Hello', { route: { maxPricePerKiloToken: 49, discoveryTimeoutMs: 50 } }).text()
  ).rejects.toMatchObject({ code: 'no_provider' })
})
