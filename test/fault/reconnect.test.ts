import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it, onTestFinished } from 'vitest'
import { scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, providersOf, testNode, until } from '../integration/support/nodes.ts'
import { faultProxy } from './support/fault-proxy.ts'

const SILENT = '/ip4/127.0.0.1/tcp/9/p2p/12D3KooWGzBXGYXLxFDdPFLCbCQNEMdiHDoxgWKQPWfsHfYaTE1T'

describe('the way back', () => {
  it('case 28: a node whose bootstrap is dead and whose DHT is empty finds a provider by its saved peers', async () => {
    const home = mkdtempSync(join(tmpdir(), 'p2pai-saved-'))
    onTestFinished(async () => await rm(home, { recursive: true, force: true }))
    const provider = await testNode({ engines: [scriptedEngine({ text: 'Still here.' })] })
    const before = await testNode({ home, bootstrap: [addressOf(provider)] })
    await until('the provider is known', () => providersOf(before) === 1)
    await before.stop()
    const after = await testNode({ home, bootstrap: [SILENT], dht: false })
    const startedAtMs = performance.now()
    expect(await after.ask('Anybody?', { route: { discoveryTimeoutMs: 15_000 } }).text()).toBe('Still here.')
    console.log(`case 28: answered ${(performance.now() - startedAtMs).toFixed(0)} ms after the start`)
  })

  it('case 29: a node that was cut off is back by itself, hears adverts anew, and no request is made twice', async () => {
    const engine = scriptedEngine({ text: 'Back again.', tokenMs: 5 })
    const provider = await testNode({ engines: [engine], dht: false })
    await using cable = await faultProxy(provider)
    // The line is the only way, whatever address the provider advertises.
    const connectionGater = { denyDialMultiaddr: (address: Multiaddr) => `${address}` === addressOf(provider) }
    const asker = await testNode({ dht: false, bootstrap: [cable.address], libp2p: { connectionGater } })
    expect(await asker.ask('One?').text()).toBe('Back again.')
    const calls = engine.calls.length
    const gone = new Promise(resolve => asker.addEventListener('peer:disconnect', resolve, { once: true }))
    cable.cut()
    await gone
    await provider.serve(scriptedEngine({ name: 'meanwhile:1b', text: 'New here.' }))
    await cable.mend()
    const backMs = await until('the node is connected again', () => asker.status().connections > 0, 30_000)
    console.log(`case 29: connected ${backMs.toFixed(0)} ms after the line was mended`)
    expect(engine.calls.length).toBe(calls)
    // What changed meanwhile is heard.
    await until(
      'the new model is known',
      async () => (await asker.models()).some(({ name }) => name === 'meanwhile:1b'),
      30_000
    )
    expect(await asker.ask('Two?', { model: 'meanwhile' }).text()).toBe('New here.')
    expect(await asker.ask('Three?', { model: 'scripted:test' }).text()).toBe('Back again.')
    expect(engine.calls.length).toBe(calls + 1)
  })

  it('case 30: two networks that meet know all of each other within a minute, and answer meanwhile', async () => {
    const half = async (name: string) => {
      const first = await testNode({ engines: [scriptedEngine({ name: `${name}:1b`, text: name })] })
      const bootstrap = [addressOf(first)]
      const others = [
        await testNode({ bootstrap, engines: [scriptedEngine({ name: `${name}:1b`, text: name })] }),
        await testNode({ bootstrap })
      ]
      const nodes = [first, ...others]
      for (const node of nodes) {
        const expected = node === others[1] ? 2 : 1
        await until('a half knows itself', () => providersOf(node) === expected, 20_000)
      }
      return nodes
    }
    const [alpha, beta] = [await half('alpha'), await half('beta')]
    let isHealed = false
    const answers: string[] = []
    const asking = (async () => {
      while (!isHealed) answers.push(await alpha[2]!.ask('Who?', { model: 'alpha' }).text())
    })()
    await alpha[2]!.connect(addressOf(beta[0]!))
    const startedAtMs = performance.now()
    for (const node of [...alpha, ...beta]) {
      const expected = node === alpha[2] || node === beta[2] ? 4 : 3
      await until('all providers are known', () => providersOf(node) === expected, 60_000)
    }
    console.log(`case 30: adverts converged within ${(performance.now() - startedAtMs).toFixed(0)} ms`)
    isHealed = true
    await asking
    expect(new Set(answers)).toEqual(new Set(['alpha']))
    expect(await beta[2]!.ask('Who?', { model: 'alpha' }).text()).toBe('alpha')
    expect(await alpha[1]!.ask('Who?', { model: 'beta' }).text()).toBe('beta')
  })
})
