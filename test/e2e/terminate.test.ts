import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test, vi } from 'vitest'
import { ALONE, finished, newHome, run, serve, start } from './command.ts'

/** An answer that goes on until the context of the built-in model is full, or for so many tokens. */
function longQuestion(home: string, maxTokens?: number): string[] {
  const schema = join(home, 'long.json')
  writeFileSync(schema, '{"type":"array","items":{"type":"integer"},"minItems":400}')
  const most = maxTokens === undefined ? [] : ['--max-tokens', `${maxTokens}`]
  return ['ask', '--schema', schema, ...most, '--stream', 'Count.']
}

/** Starts a long answer, and returns when its first text has come. */
async function answering(home: string, maxTokens?: number) {
  const asker = start(home, longQuestion(home, maxTokens))
  const lines = createInterface({ input: asker.stdout! })[Symbol.asyncIterator]()
  const events: { type: string }[] = []
  while (events.at(-1)?.type !== 'delta') events.push(JSON.parse((await lines.next()).value ?? ''))
  const rest = async () => {
    for (let line = await lines.next(); !line.done; line = await lines.next()) events.push(JSON.parse(line.value))
    return { events, code: asker.exitCode ?? ((await once(asker, 'exit')) as [number])[0] }
  }
  return { rest }
}

test('case 39: SIGTERM to an idle daemon ends it with 0, and nothing of it is left', async () => {
  const home = newHome()
  const daemon = await serve(home)
  expect(await daemon.stop()).toBe(0)
  for (const name of ['control.sock', 'daemon.json']) expect(existsSync(join(home, name))).toBe(false)
})

test('case 39: SIGTERM lets a running answer finish, and takes no new one', async () => {
  const home = newHome()
  const daemon = await serve(home)
  // Seconds of a quiet machine: far from the ten that it may take, at a bad moment too.
  const { rest } = await answering(home, 300)
  const gone = once(daemon.child, 'exit')
  daemon.child.kill('SIGTERM')
  // The socket goes first, so that a new question does not come in while the old one is answered.
  await vi.waitUntil(() => !existsSync(join(home, 'control.sock')), { timeout: 60_000 })
  expect((await run(home, ['status'])).code).toBe(3)
  const { events, code } = await rest()
  expect({ code, last: events.at(-1) }).toMatchObject({ code: 0, last: { type: 'end' } })
  expect((await gone)[0]).toBe(0)
})

/** A streamed answer of the gateway: its text, once the first of it has come. */
async function streaming(api: string): Promise<{ whole: Promise<string> }> {
  const schema = { type: 'array', items: { type: 'integer' }, minItems: 400 }
  const body = {
    model: 'auto',
    stream: true,
    messages: [{ role: 'user', content: 'Count.' }],
    response_format: { type: 'json_schema', json_schema: { name: 'numbers', schema } }
  }
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${api}/v1/chat/completions`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(answer.status).toBe(200)
  return { whole: answer.text() }
}

test('case 39: answers that cannot finish after SIGTERM end with an error, 7 of HTTP clients and one of a command, and the daemon all the same', async () => {
  const home = newHome()
  const daemon = await serve(home, ['--slots', '8', '--api', '127.0.0.1:0'])
  const { rest } = await answering(home)
  const streams = await Promise.all(Array.from({ length: 7 }, () => streaming(daemon.ready.api!)))
  const engine = JSON.parse((await run(home, ['status', '--json'])).out).engines[0]
  expect(engine.slots.busy).toBe(8)
  // The process of the engine stands still, as on a machine that swaps; its answer cannot end.
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(daemon.child.pid)], { encoding: 'utf8' })
  const children = stdout
    .split('\n')
    .map(Number)
    .filter(pid => pid > 0)
  for (const pid of children) process.kill(pid, 'SIGSTOP')
  const gone = once(daemon.child, 'exit')
  daemon.child.kill('SIGTERM')
  const { events, code } = await rest()
  for (const { whole } of streams) {
    const text = await whole
    expect(text).toMatch(/^data: \{"error":\{.*\}\}$/m)
    expect(text).not.toContain('[DONE]')
  }
  for (const pid of children) {
    try {
      process.kill(pid, 'SIGCONT')
    } catch {
      // It was ended with the daemon.
    }
  }
  expect(events.at(-1)).toMatchObject({ type: 'error' })
  expect(code).toBe(5)
  expect((await gone)[0]).toBe(0)
})

test('case 39: a second SIGTERM ends the daemon now, and the asker is told', async () => {
  const home = newHome()
  const daemon = await serve(home)
  const { rest } = await answering(home)
  const gone = once(daemon.child, 'exit')
  daemon.child.kill('SIGTERM')
  await vi.waitUntil(() => !existsSync(join(home, 'control.sock')), { timeout: 60_000 })
  daemon.child.kill('SIGTERM')
  expect((await gone)[0]).toBe(143)
  const { events, code } = await rest()
  expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'provider_lost' } })
  expect(code).toBe(5)
  // The next one is not kept out by what it left.
  const next = await serve(home, ['--no-model'])
  expect(await next.stop()).toBe(0)
})

test('case 39: SIGTERM during the start ends it with 143, and undoes what was done', async () => {
  const home = newHome()
  const child = start(home, ['serve', ...ALONE, '--api', 'off', '--log-format', 'json'])
  const end = finished(child)
  // Written with the lock, before the model is opened.
  await vi.waitUntil(() => existsSync(join(home, 'daemon.json')), { timeout: 60_000, interval: 5 })
  child.kill('SIGTERM')
  const { code, out } = await end
  expect({ code, ready: out.includes('"ready"') }).toEqual({ code: 143, ready: false })
  for (const name of ['control.sock', 'daemon.json']) expect(existsSync(join(home, name))).toBe(false)
  const next = await serve(home, ['--no-model'])
  expect(await next.stop()).toBe(0)
})
