import { expect, it } from 'vitest'
import { type Message, mediaParts } from '../../src/index.ts'
import { SCRIPTED_TEXT, scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, providersOf, testNode, until } from './support/nodes.ts'

const data = new Uint8Array(2_000_000).fill(9)
data.set([0xff, 0xd8, 0xff])
const image = { type: 'media' as const, mediaType: 'image/jpeg', data }
const messages: Message[] = [{ role: 'user', parts: [{ type: 'text', text: 'What is it?' }, image] }]

it('an image goes past those that cannot read it, to the one that can', async () => {
  const blind = scriptedEngine({ name: 'blind', parameterCount: 9e9 })
  const seeing = scriptedEngine({ name: 'seeing', features: { images: true } })
  const first = await testNode({ engines: [blind] })
  const second = await testNode({ engines: [seeing], bootstrap: [addressOf(first)] })
  const asker = await testNode({ engines: [scriptedEngine()], bootstrap: [addressOf(first), addressOf(second)] })
  await until('both providers are known', () => providersOf(asker) === 2)
  const { text, provider, attempts } = await asker.ask({ messages }).result()
  expect({ text, provider, attempts: attempts.length }).toEqual({
    text: SCRIPTED_TEXT,
    provider: { peerId: second.peerId },
    attempts: 1
  })
  expect(Buffer.compare(mediaParts(seeing.calls[0]!.request.messages)[0]!.data, data)).toBe(0)
  expect(blind.calls).toEqual([])
})

it('where nobody reads images that is what the error says', async () => {
  const node = await testNode({ engines: [scriptedEngine({ name: 'blind' })] })
  await expect(node.ask({ model: 'blind', messages }, { route: { local: true } }).text()).rejects.toMatchObject({
    code: 'unsupported_feature',
    details: { field: 'messages' }
  })
})
