import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type NodeOptions, type P2paiError, type P2paiNode, type RouteOptions, textMessage } from '../../src/index.ts'
import { assembleLibp2p } from '../../src/node/create-libp2p.ts'
import { Dialer } from '../../src/node/dial.ts'
import { PROFILES } from '../../src/node/profiles.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { addressOf, providersOf, testNode, until } from '../integration/support/nodes.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { type Relay, relay } from './support/relay.ts'

expectNoEscapedErrors()

const PROVE = process.env.P2PAI_PROVE === '1'
/** What a relay allows each connection: `npm run prove` waits for the two minutes. */
const RELAY_MS = PROVE ? 120_000 : 1_500
/** A relay carries one of these over a connection, and a part of the next. */
const LONG = Array.from({ length: 350 }, (_, word) => String(word).padEnd(200, 'x')).join(' ')
/** Takes longer than a relay allows. */
const SLOW = Array.from({ length: 40 }, (_, word) => `word${word}`).join(' ')
const SLOW_TOKEN_MS = RELAY_MS / 20

/** A provider that nobody reaches but over a relay. */
async function behind(at: Relay, options: NodeOptions = {}): Promise<P2paiNode> {
  const provider = await testNode({ dht: false, gossip: false, listen: [at.place], ...options })
  await until('the provider has a place at the relay', () => provider.status().addresses.length > 0)
  return provider
}

/** What a reader gets, and how it ends. */
async function ask(asker: P2paiNode, route: RouteOptions, onText: (peerId: string) => void = () => undefined) {
  const answer = { text: '', parts: 0, error: undefined as P2paiError | undefined }
  let peerId = ''
  try {
    const request = { model: 'auto', messages: [textMessage('user', 'Go')] }
    for await (const event of asker.engine.generate(request, { route })) {
      if (event.type === 'accepted') {
        answer.parts++
        peerId = event.provider?.peerId ?? ''
      }
      if (event.type !== 'delta') continue
      answer.text += event.text
      onText(peerId)
    }
  } catch (error) {
    answer.error = error as P2paiError
  }
  return answer
}

describe('case 31: over a relay', () => {
  it('a provider that nobody reaches directly is found by its advert, and answers', async () => {
    const at = await relay()
    const middle = await testNode({ dht: false })
    const provider = await testNode({
      dht: false,
      listen: [at.place],
      bootstrap: [addressOf(middle)],
      engines: [scriptedEngine({ text: 'From behind.' })]
    })
    const asker = await testNode({ dht: false, bootstrap: [addressOf(middle)] })
    await until('the provider is known', () => providersOf(asker) === 1)
    expect(await asker.ask('Who?').text()).toBe('From behind.')
    expect(await asker.ping(provider.peerId)).toMatchObject({ path: 'relay' })
  })

  it('a direct address is tried first, and one that swallows what is sent to it leaves time for the relay', async () => {
    const at = await relay()
    const provider = await behind(at, { listen: ['/ip4/127.0.0.1/tcp/0', at.place] })
    await until('all addresses are told', () => provider.status().addresses.length > 1)
    const direct = provider.status().addresses.find(address => !address.includes('p2p-circuit'))!
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const dead = `/ip4/127.0.0.1/tcp/${(silent.address() as AddressInfo).port}`
    for (const [address, isOverRelay] of [
      [direct.replace(/\/p2p\/.*/, ''), false],
      [dead, true]
    ] as const) {
      const { libp2p, gate } = await assembleLibp2p({ mdns: false, dht: false }, PROFILES.client, 'test')
      onTestFinished(async () => await libp2p.stop())
      await libp2p.start()
      const dialer = new Dialer(libp2p, () => [at.place, address], gate)
      const connection = await dialer.connect(provider.peerId, new AbortController().signal)
      expect(connection.limits !== undefined, connection.remoteAddr.toString()).toBe(isOverRelay)
    }
  })

  it('a limit of 128 KiB in the middle of an answer is named; an answer that may go on does, over the same relay', async () => {
    const at = await relay()
    const provider = await behind(at, {
      engines: [scriptedEngine({ text: LONG, tokenMs: 1 })]
    })
    const asker = await testNode({ dht: false, gossip: false })
    const peer = at.wayTo(provider.peerId)
    const sizes: number[] = []
    for (const resume of ['never', undefined] as const) {
      // The same connection carries the next answer too, as far as it goes.
      expect((await ask(asker, { peer })).parts).toBe(1)
      const { text, parts, error } = await ask(asker, { peer, ...(resume && { resume }) })
      sizes.push(text.length)
      expect(LONG.startsWith(text)).toBe(true)
      if (resume === undefined) {
        expect({ text: text === LONG, parts, error }).toEqual({ text: true, parts: 2, error: undefined })
      } else {
        expect(error).toMatchObject({ code: 'provider_lost', message: expect.stringContaining('relay limit') })
        expect(text).not.toBe('')
      }
    }
    console.log(`case 31: cut after ${sizes[0]} of ${LONG.length} characters, which went on to ${sizes[1]}`)
  })

  it('a limit of time in the middle of an answer is named', { timeout: 2 * RELAY_MS + 60_000 }, async () => {
    const at = await relay({ ms: RELAY_MS })
    const engine = scriptedEngine({ text: SLOW, tokenMs: SLOW_TOKEN_MS })
    const provider = await behind(at, { engines: [engine] })
    const asker = await testNode({ dht: false, gossip: false })
    const cut = await ask(asker, { peer: at.wayTo(provider.peerId), resume: 'never' })
    expect(cut.error).toMatchObject({ code: 'provider_lost', message: expect.stringContaining('relay limit') })
    expect(SLOW.startsWith(cut.text)).toBe(true)
    expect(cut.text).not.toBe('')
  })

  it('a relay that dies in the middle is an error that names no limit, and the answer goes on elsewhere', async () => {
    const engine = () => scriptedEngine({ text: SLOW, tokenMs: 25 })
    const relays = [await relay(), await relay()]
    const providers = [
      await behind(relays[0]!, { engines: [engine()] }),
      await behind(relays[1]!, { engines: [engine()] })
    ]
    const asker = await testNode({ dht: false, gossip: false })
    for (const [index, { peerId }] of providers.entries()) await asker.connect(relays[index]!.wayTo(peerId))
    await until('both are known', () => providersOf(asker) === 2)
    let isKilled = false
    const kill = (peerId: string) => {
      if (isKilled) return
      isKilled = true
      const { libp2p } = relays[providers.findIndex(provider => provider.peerId === peerId)]!
      // As a killed process leaves them.
      for (const connection of libp2p.getConnections()) connection.abort(new Error('killed'))
    }
    const whole = await ask(asker, {}, kill)
    expect(whole).toEqual({ text: SLOW, parts: 2, error: undefined })
    isKilled = false
    const [left] = providers.filter(({ peerId }) =>
      asker.peers().some(peer => peer.peerId === peerId && peer.connected)
    )
    const cut = await ask(asker, { peer: left!.peerId, resume: 'never' }, kill)
    expect(cut.error).toMatchObject({ code: 'provider_lost', message: expect.not.stringContaining('relay limit') })
    expect(SLOW.startsWith(cut.text)).toBe(true)
  })

  it('a provider takes its place again when the relay is back', async () => {
    const at = await relay()
    const provider = await behind(at, { engines: [scriptedEngine({ text: 'Back.' })] })
    for (const connection of at.libp2p.getConnections()) connection.abort(new Error('killed'))
    await until('the place is gone', () => provider.status().addresses.length === 0)
    await until('the place is taken again', () => provider.status().addresses.length > 0)
    const asker = await testNode({ dht: false, gossip: false })
    expect(await asker.ask('Who?', { route: { peer: at.wayTo(provider.peerId) } }).text()).toBe('Back.')
  })

  it('a relay that is away does not keep a node from starting', async () => {
    const away = '/ip4/127.0.0.1/tcp/9/p2p/12D3KooWGzBXGYXLxFDdPFLCbCQNEMdiHDoxgWKQPWfsHfYaTE1T/p2p-circuit'
    const node = await testNode({ dht: false, listen: ['/ip4/127.0.0.1/tcp/0', away] })
    expect(node.status().addresses).toHaveLength(1)
    await expect(testNode({ listen: ['/ip4/127.0.0.1/tcp/9/p2p-circuit'] })).rejects.toMatchObject({
      code: 'invalid_address'
    })
  })
})
