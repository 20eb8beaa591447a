import { describe, expect, it, vi } from 'vitest'
import type { NodeOptions, P2paiNode } from '../../src/index.ts'
import { SCRIPTED_TEXT, scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, providersOf, testNode, until } from './support/nodes.ts'

const STRANGER = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

async function providerFor(requesters: NodeOptions['requesters']): Promise<P2paiNode> {
  return await testNode({ engines: [scriptedEngine({})], ...(requesters && { requesters }) })
}

const asked = (asker: P2paiNode, provider: P2paiNode) => asker.ask('x', { route: { peer: addressOf(provider) } }).text()

describe('who may ask', () => {
  it('refuses whom it denies before the engine hears of it, and answers all others', async () => {
    const asker = await testNode()
    const other = await testNode()
    const engine = scriptedEngine({})
    const generate = vi.spyOn(engine, 'generate')
    const provider = await testNode({ engines: [engine], requesters: { deny: [asker.peerId] } })
    let ends = 0
    provider.addEventListener('request:end', ({ detail }) => {
      if (detail.outcome === 'refused') ends++
    })
    await expect(asked(asker, provider)).rejects.toMatchObject({ code: 'refused', exitCode: 6 })
    expect(ends).toBe(1)
    expect(generate).not.toHaveBeenCalled()
    expect(await asked(other, provider)).toBe(SCRIPTED_TEXT)
  })

  it('answers nobody but those that are allowed, and of these none that is denied', async () => {
    const [first, second, third] = [await testNode(), await testNode(), await testNode()]
    // An address is as good as an id.
    const allow = [first.peerId, addressOf(second)]
    const provider = await providerFor({ allow, deny: [second.peerId] })
    expect(await asked(first, provider)).toBe(SCRIPTED_TEXT)
    for (const refused of [second, third]) {
      await expect(asked(refused, provider)).rejects.toMatchObject({ code: 'refused' })
    }
    await expect(asked(first, await providerFor({ allow: [] }))).rejects.toMatchObject({ code: 'refused' })
  })

  it('lets a refused asker find another provider', async () => {
    const closed = await providerFor({ allow: [STRANGER] })
    const open = await providerFor(undefined)
    const asker = await testNode({ bootstrap: [addressOf(closed), addressOf(open)] })
    await until('both are known', () => providersOf(asker) === 2)
    for (let turn = 0; turn < 4; turn++) {
      expect((await asker.ask('x').result()).provider.peerId).toBe(open.peerId)
    }
  })

  it.each([
    { field: 'allow', options: { requesters: { allow: ['nobody'] } } },
    { field: 'deny', options: { requesters: { deny: [''] } } },
    { field: 'providers.deny', options: { providers: { deny: ['/ip4/127.0.0.1/tcp/1'] } } }
  ])('names a bad peer in $field', async ({ field, options }) => {
    await expect(testNode(options)).rejects.toMatchObject({ code: 'invalid_request', details: { field } })
  })
})

describe('who is asked', () => {
  it('never asks a provider that is denied, for one question or for all', async () => {
    const unwanted = await providerFor(undefined)
    const wanted = await providerFor(undefined)
    const bootstrap = [addressOf(unwanted), addressOf(wanted)]
    const always = await testNode({ bootstrap, providers: { deny: [unwanted.peerId] } })
    const once = await testNode({ bootstrap })
    for (const asker of [always, once]) await until('both are known', () => providersOf(asker) === 2)
    const route = { deny: [unwanted.peerId] }
    for (let turn = 0; turn < 4; turn++) {
      expect((await always.ask('x').result()).provider.peerId).toBe(wanted.peerId)
      expect((await once.ask('x', { route }).result()).provider.peerId).toBe(wanted.peerId)
    }
    for (const named of [
      always.ask('x', { route: { peer: unwanted.peerId } }),
      once.ask('x', { route: { ...route, peer: addressOf(unwanted) } })
    ]) {
      await expect(named.text()).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('denied') })
    }
  })
})
