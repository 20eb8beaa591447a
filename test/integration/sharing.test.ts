import { expect, test } from 'vitest'
import type { SharingOptions } from '../../src/index.ts'
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

/** An hour of the day, so many hours from now. */
function hourFromNow(hours: number): string {
  return `${String((new Date().getHours() + hours) % 24).padStart(2, '0')}:00`
}

test.each<[string, SharingOptions]>([
  ['on a low battery', { device: { batteryPercent: 10 } }],
  ['outside of its hours', { when: `${hourFromNow(2)}-${hourFromNow(3)}` }],
  ['whose line is metered, which matters', { device: { isMetered: true }, notMetered: true }],
  ['whose owner is there, which matters', { device: { isOwnerActive: true }, onlyWhenIdle: true }]
])('a device %s advertises no slots, and nobody asks it', async (_, sharing) => {
  const device = await testNode({ engines: [scriptedEngine()], sharing })
  const asker = await testNode({ bootstrap: [addressOf(device)] })
  await until('it is known', () => asker.peers().some(({ advert }) => advert !== undefined))
  const advert = asker.peers().find(({ peerId }) => peerId === device.peerId)?.advert
  expect(advert?.models).toMatchObject([{ slots: { total: 0, free: 0 } }])
  expect(JSON.stringify(advert)).not.toContain('isOwnerActive')
  await expect(asker.ask('Hello', { route: { discoveryTimeoutMs: 50 } }).text()).rejects.toMatchObject({
    code: 'no_provider'
  })
})

test('a device that has worked its share takes no more, and advertises no slots then', async () => {
  const device = await testNode({ engines: [scriptedEngine({ tokenMs: 100 })], sharing: { maxLoad: 0.005 } })
  const asker = await testNode({ bootstrap: [addressOf(device)] })
  await until('it is known', () => asker.peers().some(({ advert }) => advert !== undefined))
  // 0.5 % of the minute that a new node is judged by: 0.3 s, less than one answer.
  expect(await asker.ask('Hello').text()).toContain('quick brown fox')
  const again = asker.ask('Hello', { route: { peer: addressOf(device) } }).text()
  await expect(again).rejects.toMatchObject({ code: 'busy' })
  await until('its advert says so', () => asker.peers().some(({ advert }) => advert?.models[0]?.slots.total === 0))
})

test('a question chooses its own policy, and one that is none is refused', async () => {
  const node = await testNode({ engines: [scriptedEngine()] })
  const asker = await testNode({ bootstrap: [addressOf(node)] })
  await until('it is known', () => asker.peers().some(({ advert }) => advert !== undefined))
  expect(await asker.ask('Hello', { route: { policy: 'cheap' } }).text()).toContain('quick brown fox')
  await expect(asker.ask('Hello', { route: { policy: 'chaep' } }).text()).rejects.toMatchObject({
    code: 'invalid_request',
    details: { field: 'policy', suggestions: expect.arrayContaining(['cheap']) }
  })
})
