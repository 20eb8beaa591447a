import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectWithin } from '../fault/support/within.ts'
import { finished, newHome, run, type Served, serve, start } from './command.ts'

const BUILT_IN = join(import.meta.dirname, '../../models/p2pai-tiny.gguf')
const cleanUps: (() => void)[] = []

/** The processes that a daemon has started: one for each model. */
function enginesOf(daemon: Served): number[] {
  const list = execFileSync('ps', ['-o', 'pid=', '--ppid', String(daemon.ready.pid)], { encoding: 'utf8' })
  return list.trim().split(/\s+/).map(Number)
}

describe('case 43: a daemon whose engine is killed', () => {
  const home = newHome(cleanUp => cleanUps.push(cleanUp))
  let daemon: Served

  beforeAll(async () => {
    daemon = await serve(home)
  })

  afterAll(async () => {
    await daemon.stop()
    for (const cleanUp of cleanUps) cleanUp()
  })

  test('fails the running request with engine_crashed, lives, and answers the next within 5 s', async () => {
    // A form that is long, so that the kill comes in the middle of the answer.
    const form = join(home, 'form.json')
    const items = { type: 'string', enum: ['one', 'two', 'three'] }
    writeFileSync(form, JSON.stringify({ type: 'array', items, minItems: 200, maxItems: 200 }))
    let kills = 0
    let engine: number
    let asked: Awaited<ReturnType<typeof finished>>
    do {
      // A kill that comes after the answer's end, on a machine that stands still, proves nothing: once more.
      engine = enginesOf(daemon)[0]!
      const asker = start(home, ['ask', '--stream', '--schema', form, '--max-tokens', '900', 'Count.'])
      asker.stdin?.end()
      const ended = finished(asker)
      await once(asker.stdout!, 'data')
      process.kill(engine, 'SIGKILL')
      kills++
      asked = await ended
    } while (asked.code === 0)
    const { code, out, err } = asked
    expect(code).toBe(5)
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'engine_crashed', retryable: true } })
    expect(JSON.parse(out.trim().split('\n').at(-1)!)).toMatchObject({ type: 'error' })

    const startedAtMs = performance.now()
    const next = await run(home, ['ask', '--temperature', '0', 'What is the capital of France?'])
    expect(next).toMatchObject({ code: 0, out: 'The capital of France is Paris.\n' })
    expectWithin(performance.now() - startedAtMs, 5_000)
    const status = JSON.parse((await run(home, ['status', '--json'])).out)
    expect(status.engines[0]).toMatchObject({ state: 'warm', restarts: kills, slots: { busy: 0 } })
    expect(enginesOf(daemon)).not.toContain(engine)
  })
})

test.each<[string, (file: string) => void]>([
  ['an empty file', file => writeFileSync(file, '')],
  ['a web page', file => writeFileSync(file, '<!doctype html><title>404</title>')],
  ['a model cut in half', file => writeFileSync(file, readFileSync(BUILT_IN).subarray(0, 1_400_000))],
  ['a magic number alone', file => writeFileSync(file, 'GGUF')]
])('case 42: serve says in one line that %s is no model', async (_, damage) => {
  const home = newHome()
  const file = join(home, 'damaged.gguf')
  damage(file)
  const { code, out, err } = await run(home, [
    'serve',
    '--model',
    file,
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--no-mdns'
  ])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  // Before it, that the file is being looked at.
  expect(err).toMatch(/^(opening .*\n)?p2pai: .*not a usable GGUF: .*\n$/)
  expect(await run(home, ['status'])).toMatchObject({ code: 3 })
})
