import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectDaemon, type DaemonClient, homePaths } from '../../src/index.ts'
import { newHome, type Served, serve, start } from '../e2e/command.ts'
import { SMOLLM2, WITHOUT_SMOLLM2 } from '../e2e/models.ts'
import { until } from '../integration/support/nodes.ts'
import { expectWithin } from './support/within.ts'

/** `npm run prove` takes fifty, of which the slowest but one must hold; the tests take a few. */
const ROUNDS = process.env.P2PAI_PROVE === '1' ? 50 : 3
const cleanUps: (() => void)[] = []

describe.skipIf(WITHOUT_SMOLLM2)('case 16: an asker that is gone frees its slot within 1 s', () => {
  const home = newHome(cleanUp => cleanUps.push(cleanUp))
  let provider: Served
  let client: DaemonClient

  beforeAll(async () => {
    provider = await serve(home, ['--model', SMOLLM2, '--context', '4096', '--slots', '2'])
    client = await connectDaemon(homePaths(home).socket)
  })

  afterAll(async () => {
    await provider.stop()
    for (const cleanUp of cleanUps) cleanUp()
  })

  const busy = async () => (await client.status()).engines[0]!.slots.busy

  /** Asks from a process of its own, ends it with `signal` at work, and times the slot. */
  async function freeAfter(signal: NodeJS.Signals, words: string[], atWork: 'decode' | 'prefill'): Promise<number> {
    const askerHome = newHome(cleanUp => cleanUps.push(cleanUp))
    const bootstrap = ['--no-mdns', '--bootstrap', provider.ready.addresses[0]!]
    const asker = start(askerHome, ['ask', ...bootstrap, '--temperature', '0', ...words])
    asker.stdin?.end()
    if (atWork === 'decode') await once(asker.stdout!, 'data')
    else await until('the slot is taken', async () => (await busy()) === 1)
    expect(await busy()).toBe(1)
    const gone = once(asker, 'exit')
    const startedAtMs = performance.now()
    asker.kill(signal)
    await until('the slot is free', async () => (await busy()) === 0)
    const freeMs = performance.now() - startedAtMs
    await gone
    return freeMs
  }

  const longPrompt = () => {
    const file = join(home, 'long.txt')
    // Another beginning every time, so that no cached prefix shortens the work.
    writeFileSync(file, `${Math.random()} ${'The river winds through seven quiet valleys. '.repeat(220)}`)
    return file
  }

  test.each<[string, NodeJS.Signals, 'decode' | 'prefill', () => string[]]>([
    ['kill -9 in decode', 'SIGKILL', 'decode', () => ['--max-tokens', '1500', 'Tell me a very long story.']],
    ['Ctrl-C in decode', 'SIGINT', 'decode', () => ['--max-tokens', '1500', 'Tell me a very long story.']],
    ['kill -9 in a prefill of 2,000 tokens', 'SIGKILL', 'prefill', () => ['-f', longPrompt(), 'Sum it up.']],
    ['Ctrl-C in a prefill of 2,000 tokens', 'SIGINT', 'prefill', () => ['-f', longPrompt(), 'Sum it up.']]
  ])('%s', { timeout: 20_000 + ROUNDS * 8_000 }, async (name, signal, atWork, words) => {
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) times.push(await freeAfter(signal, words(), atWork))
    times.sort((a, b) => a - b)
    const p99 = times[Math.ceil(0.99 * times.length) - 1]!
    console.log(`${name}: ${ROUNDS} rounds, median ${times[ROUNDS >> 1]!.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`)
    expectWithin(p99, 1_000)
  })
})
