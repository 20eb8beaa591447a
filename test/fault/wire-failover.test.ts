import { describe, expect, it } from 'vitest'
import { ModelManager } from '../../src/inference/index.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { type ScriptedEngineOptions, scriptedEngine } from '../../src/testing/index.ts'
import { pretendEngine } from '../unit/inference/loadable-engine.ts'
import { read } from './support/asker.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { type FaultProxy, faultProxy } from './support/fault-proxy.ts'
import { ACCEPTED, DIGEST, delta, eventFrame, request } from './support/frames.ts'
import {
  type Behaviour,
  hostileProvider,
  saying,
  sayingThenDying,
  sayingThenSilent
} from './support/hostile-provider.ts'
import { inferHost } from './support/infer-host.ts'
import { rawPeer } from './support/raw-peer.ts'
import { routed } from './support/routed.ts'
import { expectWithin } from './support/within.ts'

const PATIENCE = { acceptTimeoutMs: 400, silenceMs: 400 }
const accepted = eventFrame(ACCEPTED)
/** A frame of one kind, with this body. */
function frame(kind: number, ...body: number[]): Uint8Array {
  return withPrefix(Uint8Array.of((kind << 3) | 2, body.length, ...body))
}

/** To the broken provider of the test that runs. */
let line: FaultProxy

/** Asks a provider that breaks and, second in rank, one that works. */
async function askBoth(behave: Behaviour, options: ScriptedEngineOptions = { text: 'from the second' }) {
  await using broken = await hostileProvider(behave)
  await using toBroken = await faultProxy(broken)
  line = toBroken
  await using host = await inferHost(scriptedEngine(options))
  await using asking = await rawPeer([])
  const { engine, suspects } = routed(asking, [Object.assign(toBroken, { peerId: broken.peerId }), host.peer], PATIENCE)
  const startedAtMs = performance.now()
  const asked = await read(engine.generate(request(), { route: { discoveryTimeoutMs: 10 } }))
  return {
    ...asked,
    tookMs: performance.now() - startedAtMs,
    isSuspect: suspects.has(broken.peerId.toString()),
    secondId: host.peer.peerId.toString(),
    firstId: broken.peerId.toString()
  }
}

/** A provider whose model must be loaded first, by a process that says twice a second that it lives. */
async function coldHost(text: string, loadingMs: number) {
  const manager = new ModelManager()
  const engine = pretendEngine({ freeBytes: 10 }, 4, { text })
  manager.add(engine)
  engine.gate = new Promise(resolve => setTimeout(resolve, loadingMs))
  engine.signs = 0
  const life = setInterval(() => {
    engine.signs = (engine.signs ?? 0) + 1
  }, 500)
  const host = await inferHost(manager.engine)
  return {
    peer: host.peer,
    [Symbol.asyncDispose]: async () => {
      clearInterval(life)
      await host[Symbol.asyncDispose]()
      await manager.close()
    }
  }
}

describe('a provider that breaks', () => {
  expectNoEscapedErrors()

  it.each<[string, Behaviour, string]>([
    ['case 18: dies before accepted', sayingThenDying(() => line), 'provider_lost'],
    ['case 18: dies after accepted and before the first token', sayingThenDying(() => line, accepted), 'provider_lost'],
    ['case 19: stalls before accepted', sayingThenSilent(), 'provider_silent'],
    ['case 19: stalls before the first token', sayingThenSilent(accepted), 'provider_silent']
  ])('%s: the next one answers', async (_, behave, outcome) => {
    const asked = await askBoth(behave)
    expect(asked.error).toBeUndefined()
    expect(asked.text).toBe('from the second')
    expect(asked.events.at(-1)).toMatchObject({
      type: 'end',
      attempts: [
        { peerId: asked.firstId, outcome },
        { peerId: asked.secondId, outcome: 'ok' }
      ]
    })
    expect(asked.isSuspect).toBe(true)
    expectWithin(asked.tookMs, 3_000)
  })

  it.each<[string, Behaviour, string]>([
    [
      'case 18: dies after the first token',
      sayingThenDying(() => line, accepted, eventFrame(delta('a'))),
      'provider_lost'
    ],
    [
      'case 18: dies before the end',
      sayingThenDying(() => line, accepted, eventFrame(delta('a')), eventFrame(delta('b'))),
      'provider_lost'
    ],
    ['case 19: stalls after the first token', sayingThenSilent(accepted, eventFrame(delta('a'))), 'provider_silent']
  ])(
    '%s: the next one goes on in the middle, or the reader gets an error, never a silent cut',
    async (_, behave, code) => {
      const able = await askBoth(behave, { digest: DIGEST, tokens: ['a', 'b', ' from', ' the', ' second'] })
      expect(able.error).toBeUndefined()
      expect(able.text).toBe('ab from the second')
      expect(able.events.at(-1)).toMatchObject({
        attempts: [
          { peerId: able.firstId, outcome: code },
          { peerId: able.secondId, outcome: 'ok' }
        ],
        usage: { completionTokens: 5 }
      })
      // The second one has another file than it advertises.
      const unable = await askBoth(behave)
      expect(unable.error?.code).toBe(code)
      expect(unable.text).not.toContain('second')
      expect(unable.isSuspect).toBe(true)
    }
  )

  // The issue has 20 s; `npm run prove` takes them, the tests a little more than the longest silence.
  const loadingMs = process.env.P2PAI_PROVE === '1' ? 20_000 : 4_000
  it(`case 19: one that loads for ${loadingMs / 1_000} s and says so is not left`, {
    timeout: loadingMs + 20_000
  }, async () => {
    // Anybody may answer, and the other one would have to load as long.
    await using host = await coldHost('at last', loadingMs)
    await using spare = await coldHost('from the second', 2 * loadingMs)
    await using asking = await rawPeer([])
    const { engine: network, suspects } = routed(asking, [host.peer, spare.peer])
    const asked = await read(network.generate(request(), { route: { discoveryTimeoutMs: 10 } }))
    expect(asked.error).toBeUndefined()
    expect(asked.text).toBe('at last')
    const loading = asked.events.filter(event => event.type === 'progress' && event.phase === 'loading')
    expect(loading.length).toBeGreaterThan(loadingMs / 1_000)
    expect(suspects.pauseMs(host.peer.peerId.toString())).toBe(0)
  })

  it.each([
    ['internal', true],
    ['engine_crashed', false],
    ['model_not_found', false]
  ])('one that says %s is passed over the next time', async (code, isStruck) => {
    await using liar = await hostileProvider(saying(frame(5, 0x0a, code.length, ...Buffer.from(code))))
    await using host = await inferHost(scriptedEngine({ text: 'from the second' }))
    await using asking = await rawPeer([])
    const { engine, suspects } = routed(asking, [liar, host.peer], PATIENCE)
    const outcomes: unknown[] = []
    for (let turn = 0; turn < 2; turn++) {
      const asked = await read(engine.generate(request(), { route: { discoveryTimeoutMs: 10 } }))
      expect(asked.text).toBe('from the second')
      outcomes.push(asked.events.flatMap(event => (event.type === 'end' ? event.attempts : [])))
    }
    const ok = { peerId: host.peer.peerId.toString(), outcome: 'ok' }
    expect(outcomes).toEqual([[{ peerId: liar.peerId.toString(), outcome: code }, ok], [ok]])
    expect(suspects.has(liar.peerId.toString())).toBe(isStruck)
    expect(suspects.isResting(liar.peerId.toString())).toBe(!isStruck)
  })
})
