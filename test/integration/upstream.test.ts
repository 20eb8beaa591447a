import { expect, it, onTestFinished } from 'vitest'
import { upstreamEngine } from '../../src/index.ts'
import { DONE, FakeUpstream, piece } from '../fault/support/fake-upstream.ts'
import { addressOf, testNode, until } from './support/nodes.ts'

it('models of a server that goes away leave the network, and come back with it', async () => {
  const fake = new FakeUpstream('vllm', ['far-model'])
  fake.chat(piece({ content: 'yes' }), piece({}, 'stop'), DONE)
  await fake.listen()
  onTestFinished(() => fake.close())
  const engine = await upstreamEngine({ url: fake.url, refreshMs: 50 })
  const provider = await testNode({ engines: [engine] })
  const asker = await testNode({ bootstrap: [addressOf(provider)] })
  const isServed = async () =>
    (await asker.models()).some(({ name, providers }) => name === 'far-model' && providers > 0)
  await until('the model is known', isServed)
  const { text, provider: who } = await asker.ask('Is it there?', { model: 'far-model' }).result()
  expect({ text, who }).toEqual({ text: 'yes', who: { peerId: provider.peerId } })
  await fake.close()
  await until('the model is gone', async () => !(await isServed()))
  await fake.listen()
  await until('the model is back', isServed)
  expect(await asker.ask('And now?', { model: 'far-model' }).text()).toBe('yes')
})

it('an asker that gives up closes the connection of a far server', async () => {
  const fake = new FakeUpstream('vllm', ['far-model']).on('/v1/chat/completions', response => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(piece({ content: 'and so on' }))
  })
  await fake.listen()
  onTestFinished(() => fake.close())
  const engine = await upstreamEngine({ url: fake.url })
  const provider = await testNode({ engines: [engine] })
  const asker = await testNode({ bootstrap: [addressOf(provider)] })
  for await (const text of asker.ask('Tell me.', { model: 'far-model' })) {
    expect(text).toBe('and so on')
    break
  }
  await fake.hungUp.promise
})
