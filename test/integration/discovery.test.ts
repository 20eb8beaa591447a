import { describe, expect, it } from 'vitest'
import { scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, providersOf, testNode, until } from './support/nodes.ts'

describe('discovery', () => {
  it('answers from a provider that the asker was never told of, and goes on when the node between them is gone', async () => {
    const middle = await testNode()
    const provider = await testNode({
      bootstrap: [addressOf(middle)],
      engines: [scriptedEngine({ name: 'alpha:1b', text: 'Paris, of course.' })]
    })
    const asker = await testNode({ bootstrap: [addressOf(middle)] })
    const first = await asker.ask('What is the capital of France?', { model: 'alpha' }).result()
    expect(first.text).toBe('Paris, of course.')
    expect(first.provider.peerId).toBe(provider.peerId)
    await middle.stop(0)
    expect(await asker.ask('Again?', { model: 'alpha' }).text()).toBe('Paris, of course.')
  })

  it('hears of a new provider by the news of its start', async () => {
    const middle = await testNode()
    const asker = await testNode({ bootstrap: [addressOf(middle)] })
    await until('the asker is connected', () => asker.status().connections > 0)
    const startedAtMs = performance.now()
    await testNode({ bootstrap: [addressOf(middle)], engines: [scriptedEngine({ text: 'Here I am.' })] })
    expect(await asker.ask('Anybody?').text()).toBe('Here I am.')
    // Well before the provider would say so again.
    expect(performance.now() - startedAtMs).toBeLessThan(10_000)
  })

  it('forgets a provider that leaves politely at once', async () => {
    const middle = await testNode()
    const asker = await testNode({ bootstrap: [addressOf(middle)] })
    const provider = await testNode({ bootstrap: [addressOf(middle)], engines: [scriptedEngine()] })
    await until('the provider is known', () => providersOf(asker) === 1)
    const lost = new Promise<string>(resolve => {
      asker.addEventListener('provider:lost', event => resolve(event.detail.peerId))
    })
    await provider.stop(0)
    expect(await lost).toBe(provider.peerId)
    expect(providersOf(asker)).toBe(0)
  })

  it('hears the goodbye of a provider that leaves as soon as it has come', async () => {
    const middle = await testNode()
    for (let round = 0; round < 8; round++) {
      const provider = await testNode({ bootstrap: [addressOf(middle)], engines: [scriptedEngine()] })
      await until('the provider is known', () => providersOf(middle) === 1)
      await provider.stop(0)
      await until('the provider is gone', () => providersOf(middle) === 0, 10_000)
    }
  })

  it('tells a wrong model name with the names near it', async () => {
    const provider = await testNode({ engines: [scriptedEngine({ name: 'smollm2:135m-q4' })] })
    const asker = await testNode({ bootstrap: [addressOf(provider)] })
    await until('the provider is known', () => providersOf(asker) === 1)
    await expect(asker.ask('x', { model: 'smolm2' }).text()).rejects.toMatchObject({
      code: 'model_not_found',
      details: { suggestions: ['smollm2:135m-q4'] }
    })
  })

  it.each([
    ['gossip', { dht: false }],
    ['the DHT, with gossip off', { gossip: false }]
  ])('lets each of 20 nodes find every provider by %s', async (_, options) => {
    const first = await testNode(options)
    const providers = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        testNode({
          ...options,
          bootstrap: [addressOf(first)],
          engines: [scriptedEngine({ name: `model-${index}:1b`, text: `I am ${index}.` })]
        })
      )
    )
    const others = await Promise.all(
      Array.from({ length: 14 }, () => testNode({ ...options, bootstrap: [addressOf(first)] }))
    )
    for (const [index, node] of [...others, first].entries()) {
      const wanted = index % providers.length
      const answer = await node
        .ask('Who?', { model: `model-${wanted}`, route: { discoveryTimeoutMs: 30_000 } })
        .result()
      expect(answer.text).toBe(`I am ${wanted}.`)
    }
    if ('dht' in options) {
      for (const node of [...others, first])
        await until('all providers are known', () => providersOf(node) === 5, 30_000)
    } else {
      const auto = others[0]!
      for (const [index] of providers.entries()) {
        const text = await auto.ask('Who?', { model: `model-${index}`, route: { discoveryTimeoutMs: 30_000 } }).text()
        expect(text).toBe(`I am ${index}.`)
      }
    }
  })

  it('lets nodes that were told of one node alone meet others, so that all hear the news', {
    timeout: 180_000
  }, async () => {
    const middle = await testNode()
    const bootstrap = [addressOf(middle)]
    const askers = await Promise.all(Array.from({ length: 6 }, () => testNode({ bootstrap })))
    for (let index = 0; index < 10; index++) await testNode({ bootstrap, engines: [scriptedEngine()] })
    for (const asker of askers) {
      await until('all are heard of', () => providersOf(asker) === 10)
      await until('several are met', () => asker.status().connections > 4)
    }
  })
})
