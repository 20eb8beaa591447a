import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type EngineEvent, textMessage } from '../../src/index.ts'
import { SCRIPTED_TEXT, scriptedEngine } from '../../src/testing/index.ts'
import { expectWithin } from '../fault/support/within.ts'
import { addressOf, providersOf, testNode, until } from './support/nodes.ts'

async function temporaryHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'p2pai-test-'))
  onTestFinished(async () => await rm(home, { recursive: true, force: true }))
  return home
}

async function pair(options = {}) {
  const engine = scriptedEngine(options)
  const provider = await testNode({ engines: [engine] })
  const asker = await testNode({ bootstrap: [addressOf(provider)] })
  await until('the provider is known', () => providersOf(asker) === 1)
  return { engine, provider, asker }
}

describe('the library', () => {
  it('streams text, gives the whole, and gives the events', async () => {
    const { asker, provider } = await pair()
    let text = ''
    for await (const piece of asker.ask('Tell me.')) text += piece
    expect(text).toBe(SCRIPTED_TEXT)
    expect(await asker.ask('Tell me.').text()).toBe(SCRIPTED_TEXT)
    const events: EngineEvent[] = []
    for await (const event of asker
      .ask({ messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }] })
      .events()) {
      events.push(event)
    }
    expect(events[0]).toMatchObject({ type: 'accepted', provider: { peerId: provider.peerId } })
    expect(events.at(-1)).toMatchObject({ type: 'end', attempts: [{ peerId: provider.peerId, outcome: 'ok' }] })
  })

  it('stops the remote engine when the signal aborts, the loop is left, or the answer is disposed of', async () => {
    const { asker, engine } = await pair({ tokenMs: 20 })
    const idle = () => engine.status()[0]!.slots.busy === 0
    const abort = new AbortController()
    const aborted = (async () => {
      for await (const _ of asker.ask('x', { signal: abort.signal })) abort.abort()
    })()
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
    expectWithin(await until('the slot is free', idle), 1_000)
    for await (const _ of asker.ask('x')) break
    expectWithin(await until('the slot is free', idle), 1_000)
    {
      await using answer = asker.ask('x')
      const reading = answer[Symbol.asyncIterator]()
      await reading.next()
    }
    expectWithin(await until('the slot is free', idle), 1_000)
  })

  it('keeps the deadline while it looks for somebody, too', async () => {
    const alone = await testNode()
    const startedAtMs = performance.now()
    const messages = [textMessage('user', 'Anybody?')]
    await expect(alone.ask({ messages, deadlineMs: 300 }).text()).rejects.toMatchObject({ code: 'deadline_exceeded' })
    // Far below the 5 s that a search may take.
    expectWithin(performance.now() - startedAtMs, 2_500)
  })

  it('serves an engine that is added later, and answers itself first', async () => {
    const node = await testNode()
    await node.serve(scriptedEngine({ text: 'From here.' }))
    const result = await node.ask('Where?').result()
    expect(result.text).toBe('From here.')
    expect(result.provider.peerId).toBe(node.peerId)
  })

  it('keeps its key, its advert sequence and its peers over a restart', async () => {
    const other = await testNode()
    const home = await temporaryHome()
    const options = { home, engines: [scriptedEngine()], bootstrap: [addressOf(other)] }
    const first = await testNode(options)
    await until('the peers know each other', () => first.status().connections > 0)
    await until('the advert arrived', () => providersOf(other) === 1)
    const peerId = first.peerId
    await first.stop(0)
    const sequence = Number(await readFile(join(home, 'state', 'advert-sequence'), 'utf8'))
    expect((await stat(join(home, 'key'))).mode & 0o777).toBe(0o600)

    const second = await testNode({ home, engines: [scriptedEngine()] })
    expect(second.peerId).toBe(peerId)
    await until('the saved peer is dialled', () => second.status().connections > 0)
    await until('the advert arrived again', () => providersOf(other) === 1)
    expect(Number(await readFile(join(home, 'state', 'advert-sequence'), 'utf8'))).toBeGreaterThan(sequence)
  })

  it('connects again to a peer that was away, and asks it', async () => {
    const home = await temporaryHome()
    const other = await testNode({ home, engines: [scriptedEngine()] })
    const listen = [addressOf(other).replace(/\/p2p\/.*/, '')]
    const node = await testNode({ bootstrap: [addressOf(other)] })
    await until('connected', () => providersOf(node) === 1)
    await other.stop(0)
    await until('disconnected', () => node.status().connections === 0)
    await testNode({ home, listen, engines: [scriptedEngine({ text: 'Back again.' })] })
    expect(await node.ask('Are you there?', { route: { discoveryTimeoutMs: 20_000 } }).text()).toBe('Back again.')
  })
})

describe('a node that would not be found', () => {
  it.each(['x'.repeat(65), 'a\u200db', 'a\nb', '\u001b[2J'])(
    'is not started: its name %j is not fit for an advert',
    async label => {
      await expect(testNode({ label })).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'label' } })
    }
  )

  it('says so in the log when an engine names its model in a way that no peer takes', async () => {
    const problems: string[] = []
    await testNode({
      engines: [scriptedEngine({ name: 'bad\nname' })],
      log: (_, event, fields) => problems.push(`${event}: ${fields?.error}`)
    })
    expect(problems).toContainEqual(expect.stringMatching(/^advert failed: .*not printable/))
  })
})
