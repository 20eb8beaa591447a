import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createNode, type EngineEvent, type P2paiNode, textMessage } from '../../src/index.ts'
import { newHome, type Served, serve } from '../e2e/command.ts'
import { SMOLLM2, WITHOUT_SMOLLM2 } from '../e2e/models.ts'
import { until } from '../integration/support/nodes.ts'

/** `npm run prove` takes fifty tokens to kill at; the tests take a few. */
const ROUNDS = process.env.P2PAI_PROVE === '1' ? 50 : 2
const MAX_TOKENS = 200
const cleanUps: (() => void)[] = []
const SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 40 }, story: { type: 'string', maxLength: 300 } },
  required: ['name', 'story']
}

describe.skipIf(WITHOUT_SMOLLM2)('case 18: an answer survives the death of the one who gives it', () => {
  const providers = new Map<string, Served>()
  let asker: P2paiNode

  beforeAll(async () => {
    asker = await createNode({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false })
  })

  // A test that failed may have left fewer.
  beforeEach(async () => {
    while (providers.size < 2) await provider()
  })

  afterAll(async () => {
    await asker.stop(0)
    await Promise.all([...providers.values()].map(served => served.stop()))
    for (const cleanUp of cleanUps) cleanUp()
  })

  async function provider(): Promise<void> {
    const home = newHome(cleanUp => cleanUps.push(cleanUp))
    const bootstrap = ['--bootstrap', asker.status().addresses[0]!]
    const served = await serve(home, ['--model', SMOLLM2, '--context', '1024', '--slots', '1', ...bootstrap])
    providers.set(served.ready.peerId, served)
    await until('the provider is known', () =>
      asker.peers().some(({ peerId, advert }) => peerId === served.ready.peerId && advert?.models[0]?.warm === true)
    )
  }

  async function kill(peerId: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const served = providers.get(peerId)!
    providers.delete(peerId)
    const gone = once(served.child, 'exit')
    served.child.kill(signal)
    await gone
  }

  /** Asks, and kills whoever answers after `atToken` tokens. */
  async function askAndKill(
    atToken: number,
    changes: { responseFormat?: { type: 'json_schema'; schema: typeof SCHEMA } }
  ) {
    const events: EngineEvent[] = []
    let tokens = 0
    let server = ''
    let killedAtMs = 0
    let gapMs = 0
    let killed = ''
    let dying: Promise<void> | undefined
    const request = {
      model: 'smollm2',
      messages: [textMessage('user', 'Tell me a long story about a river.')],
      maxTokens: MAX_TOKENS,
      sampling: { temperature: 0 },
      ...changes
    }
    for await (const event of asker.engine.generate(request)) {
      events.push(event)
      if (event.type === 'accepted') server = event.provider!.peerId
      if (event.type !== 'delta') continue
      if (killedAtMs > 0 && gapMs === 0 && server !== killed) gapMs = performance.now() - killedAtMs
      tokens += event.tokenCount
      if (tokens >= atToken && dying === undefined) {
        killedAtMs = performance.now()
        killed = server
        dying = kill(server)
      }
    }
    await dying
    return { events, gapMs, wasKilled: dying !== undefined }
  }

  /** Without those that were left because another one was faster, as on a busy machine. */
  const outcomesOf = (end: EngineEvent | undefined) =>
    end?.type === 'end'
      ? end.attempts?.map(({ outcome }) => outcome).filter(outcome => outcome !== 'aborted')
      : undefined

  const textOf = (events: readonly EngineEvent[]) =>
    events.map(event => (event.type === 'delta' ? event.text : '')).join('')

  test(`killed -9 at ${ROUNDS} different tokens of ${MAX_TOKENS}`, { timeout: 60_000 + ROUNDS * 20_000 }, async () => {
    const whole = await askAndKill(Number.POSITIVE_INFINITY, {})
    const reference = textOf(whole.events)
    const gaps: number[] = []
    let same = 0
    for (let round = 0; round < ROUNDS; round++) {
      const atToken = 1 + Math.floor((round * (MAX_TOKENS - 20)) / ROUNDS)
      const { events, gapMs, wasKilled } = await askAndKill(atToken, {})
      expect(wasKilled).toBe(true)
      const deltas = events.filter(event => event.type === 'delta')
      const end = events.at(-1)
      expect(outcomesOf(end)).toEqual(['provider_lost', 'ok'])
      const ids = deltas.flatMap(delta => delta.tokenIds ?? [])
      if (end?.type !== 'end') return
      expect(end.usage.completionTokens).toBeGreaterThanOrEqual(ids.length)
      if (end.finishReason === 'length') expect(ids).toHaveLength(MAX_TOKENS)
      // The seam: what was given is not given again. A model may repeat itself, but not its last twelve tokens here.
      const seam = events.findLastIndex(event => event.type === 'accepted')
      const before = events.slice(0, seam).flatMap(event => (event.type === 'delta' ? (event.tokenIds ?? []) : []))
      const after = ids.slice(before.length)
      const tail = before.slice(-12)
      if (tail.length === 12) expect(after.slice(0, 12)).not.toEqual(tail)
      if (textOf(events) === reference) same++
      gaps.push(gapMs - end.timings.prefillMs)
      await provider()
    }
    gaps.sort((a, b) => a - b)
    const p99 = gaps[Math.ceil(0.99 * gaps.length) - 1]!
    console.log(
      `${ROUNDS} kills: all answers whole, ${same} the same as without; gap without prefill: median ${gaps[ROUNDS >> 1]!.toFixed(0)} ms, largest ${gaps.at(-1)!.toFixed(0)} ms`
    )
    // Of the issue: half a second and the survivor's prefill. Only where the machine is not shared with other tests.
    if (ROUNDS === 50) expect(p99).toBeLessThan(500)
  })

  test('with a JSON schema the result parses', { timeout: 120_000 }, async () => {
    for (const atToken of [2, 6, 12]) {
      const { events, wasKilled } = await askAndKill(atToken, {
        responseFormat: { type: 'json_schema', schema: SCHEMA }
      })
      expect(wasKilled).toBe(true)
      const value = JSON.parse(textOf(events))
      expect(typeof value.name).toBe('string')
      expect(typeof value.story).toBe('string')
      await provider()
    }
  })

  test('case 19: a provider that is stopped in the middle, alive and silent, is left', {
    timeout: 60_000
  }, async () => {
    const events: EngineEvent[] = []
    let stopped: Served | undefined
    let stoppedAtMs = 0
    let leftAfterMs = 0
    const messages = [textMessage('user', 'Tell me a long story about a mountain.')]
    for await (const event of asker.engine.generate({
      model: 'smollm2',
      messages,
      maxTokens: 80,
      sampling: { temperature: 0 }
    })) {
      events.push(event)
      if (event.type === 'accepted' && stopped !== undefined) leftAfterMs = performance.now() - stoppedAtMs
      if (event.type !== 'delta' || stopped !== undefined || events.length < 10) continue
      const accepted = events.find(earlier => earlier.type === 'accepted')
      stopped = providers.get((accepted as { provider: { peerId: string } }).provider.peerId)!
      stopped.child.kill('SIGSTOP')
      stoppedAtMs = performance.now()
    }
    stopped?.child.kill('SIGCONT')
    expect(outcomesOf(events.at(-1))).toEqual(['provider_silent', 'ok'])
    console.log(`left ${leftAfterMs.toFixed(0)} ms after SIGSTOP`)
    if (ROUNDS === 50) expect(leftAfterMs).toBeLessThan(3_500)
  })
})
