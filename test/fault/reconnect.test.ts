import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { P2paiNode } from '../../src/index.ts'
import { checkDiscovery } from '../../src/node/doctor/network.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, providersOf, testNode, until } from '../integration/support/nodes.ts'
import { faultProxy } from './support/fault-proxy.ts'
import { expectWithin } from './support/within.ts'

const PROVE = process.env.P2PAI_PROVE === '1'
/** How long a line is cut. */
const CUT_MS = PROVE ? 30_000 : 500

const REFUSING = '/ip4/127.0.0.1/tcp/9/p2p/12D3KooWGzBXGYXLxFDdPFLCbCQNEMdiHDoxgWKQPWfsHfYaTE1T'

describe('the way back', () => {
  it('case 28: with dead bootstraps and an empty DHT saved peers lead to a provider within 15 s, and the dead ways are named', async () => {
    const home = mkdtempSync(join(tmpdir(), 'p2pai-saved-'))
    onTestFinished(async () => await rm(home, { recursive: true, force: true }))
    // It keeps no records, so the DHT stays empty.
    const provider = await testNode({ dht: false, engines: [scriptedEngine({ text: 'Still here.' })] })
    const before = await testNode({ home, bootstrap: [addressOf(provider)] })
    await until('the provider is known', () => providersOf(before) === 1)
    await before.stop()
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const bootstrap = [REFUSING, REFUSING.replace('/tcp/9/', `/tcp/${(silent.address() as AddressInfo).port}/`)]
    const after = await testNode({ home, bootstrap })
    const startedAtMs = performance.now()
    expect(await after.ask('Anybody?', { route: { discoveryTimeoutMs: 150_000 } }).text()).toBe('Still here.')
    const tookMs = performance.now() - startedAtMs
    console.log(`case 28: answered ${tookMs.toFixed(0)} ms after the start`)
    expectWithin(tookMs, 15_000)
    const report = after.discovery()
    expect(report.bootstrap).toEqual(bootstrap.map(address => ({ address, connected: false })))
    const dead = checkDiscovery(report, true).filter(({ status }) => status !== 'ok')
    expect(dead.map(({ name }) => name)).toEqual(['dht'])
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
    await sleep(CUT_MS)
    await provider.serve(scriptedEngine({ name: 'meanwhile:1b', text: 'New here.' }))
    await cable.mend()
    const backMs = await until('the node is connected again', () => asker.status().connections > 0, 300_000)
    console.log(`case 29: connected ${backMs.toFixed(0)} ms after the line was mended`)
    expectWithin(backMs, 30_000)
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

  it('case 30: two sides that lose each other answer on their own, and know all news of each other within 60 s of the healing', async () => {
    const named = (name: string) => scriptedEngine({ name: `${name}:1b`, text: name })
    /** Between the sides there are two lines and nothing else. */
    const across: string[] = []
    const connectionGater = { denyDialMultiaddr: (address: Multiaddr) => across.includes(`${address}`) }
    const common = { dht: false, libp2p: { connectionGater } }
    const providers = {
      alpha: await testNode({ ...common, engines: [named('alpha')] }),
      beta: await testNode({ ...common, engines: [named('beta')] })
    }
    await using toAlpha = await faultProxy(providers.alpha)
    await using toBeta = await faultProxy(providers.beta)
    const side = async (own: P2paiNode, other: P2paiNode, line: string) => {
      const denied = { denyDialMultiaddr: (address: Multiaddr) => `${address}` === addressOf(other) }
      return await testNode({ dht: false, bootstrap: [addressOf(own), line], libp2p: { connectionGater: denied } })
    }
    const askers = {
      alpha: await side(providers.alpha, providers.beta, toBeta.address),
      beta: await side(providers.beta, providers.alpha, toAlpha.address)
    }
    across.push(...[...Object.values(providers), ...Object.values(askers)].map(addressOf))
    for (const asker of Object.values(askers)) {
      await until('each side knows both', () => providersOf(asker) === 2 && asker.status().connections === 2)
    }
    expect(await askers.alpha.ask('Who?', { model: 'beta' }).text()).toBe('beta')
    expect(await askers.beta.ask('Who?', { model: 'alpha' }).text()).toBe('alpha')
    for (const line of [toAlpha, toBeta]) line.cut()
    for (const asker of Object.values(askers)) {
      await until('the sides are apart', () => asker.status().connections === 1)
    }
    let isHealed = false
    const answers = (['alpha', 'beta'] as const).map(async name => {
      const got = new Set<string>()
      while (!isHealed) got.add(await askers[name].ask('Who?', { model: name }).text())
      return [...got]
    })
    for (const [name, provider] of Object.entries(providers)) await provider.serve(named(`${name}-news`))
    await sleep(CUT_MS)
    for (const line of [toAlpha, toBeta]) await line.mend()
    const startedAtMs = performance.now()
    const knows = async (asker: P2paiNode, model: string) => (await asker.models()).some(({ name }) => name === model)
    for (const [asker, other] of [
      [askers.alpha, 'beta'],
      [askers.beta, 'alpha']
    ] as const) {
      await until('the news of the other side is known', async () => await knows(asker, `${other}-news:1b`), 600_000)
      await until('the other side is reached', () => asker.status().connections === 2, 600_000)
    }
    const tookMs = performance.now() - startedAtMs
    console.log(`case 30: adverts converged ${tookMs.toFixed(0)} ms after the healing`)
    expectWithin(tookMs, 60_000)
    isHealed = true
    // No side heard an answer of the other, nor an error.
    expect(await Promise.all(answers)).toEqual([['alpha'], ['beta']])
    expect(await askers.alpha.ask('Who?', { model: 'beta-news' }).text()).toBe('beta-news')
    expect(await askers.beta.ask('Who?', { model: 'alpha-news' }).text()).toBe('alpha-news')
  })
})
