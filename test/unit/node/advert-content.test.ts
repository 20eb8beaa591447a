import { expect, test } from 'vitest'
import { engineSet } from '../../../src/inference/index.ts'
import { textMessage } from '../../../src/interface/index.ts'
import { advertContent } from '../../../src/node/advert-content.ts'
import { scriptedEngine } from '../../../src/testing/index.ts'

const identity = {
  peerId: 'a',
  bootNonce: 1,
  hardwareClass: 'desktop' as const,
  label: '',
  addresses: () => ['/ip4/127.0.0.1/tcp/1/p2p/a'],
  device: () => ({}),
  isSharing: () => true
}

test('a machine that works for nobody now keeps its models known, without a slot', async () => {
  const content = await advertContent(engineSet([scriptedEngine()]), {
    ...identity,
    device: () => ({ thermal: 'serious' }),
    isSharing: () => false
  })
  expect(content).toMatchObject({ thermal: 'serious', models: [{ slots: { total: 0, free: 0 } }] })
})

test('each model is advertised with its own slots: a free one beside it does not help', async () => {
  const full = scriptedEngine({ name: 'full:1b', slots: 1, parameterCount: 2, tokenMs: 1_000 })
  const free = scriptedEngine({ name: 'free:1b', slots: 4, parameterCount: 1 })
  const events = full.generate({ model: 'full', messages: [textMessage('user', 'Hi')] })[Symbol.asyncIterator]()
  await events.next()
  const content = await advertContent(engineSet([full, free]), identity)
  expect(content?.models.map(({ name, slots }) => ({ name, slots }))).toEqual([
    { name: 'full:1b', slots: { total: 1, free: 0 } },
    { name: 'free:1b', slots: { total: 4, free: 4 } }
  ])
  await events.return?.()
})

test('a node without a model that it can serve has nothing to say', async () => {
  expect(await advertContent(engineSet([]), identity)).toBeUndefined()
})
