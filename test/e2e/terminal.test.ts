import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { finished, newHome, PROGRAM, run, type Served, serve, start } from './command.ts'

const cleanUps: (() => void)[] = []
const home = newHome(cleanUp => cleanUps.push(cleanUp))
const schema = join(home, 'long.json')
let daemon: Served

beforeAll(async () => {
  // Makes the small model go on until its context is full, which takes longer than a signal.
  writeFileSync(schema, '{"type":"array","items":{"type":"integer"},"minItems":400}')
  daemon = await serve(home)
})

afterAll(async () => {
  await daemon.stop()
  for (const cleanUp of cleanUps) cleanUp()
})

const LONG = ['ask', '--schema', schema, '--stream', 'Count.']

async function busySlots(): Promise<number> {
  const { out } = await run(home, ['status', '--json'])
  return JSON.parse(out).engines[0].slots.busy
}

test.each([
  { signal: 'SIGINT', code: 130 },
  { signal: 'SIGTERM', code: 143 }
] as const)('case 57: $signal in an answer ends with $code and frees the slot', async ({ signal, code }) => {
  const child = start(home, LONG)
  for await (const line of createInterface({ input: child.stdout! })) {
    if (JSON.parse(line).type === 'delta') break
  }
  child.kill(signal)
  const end = await finished(child)
  expect(end.code).toBe(code)
  expect(JSON.parse(end.err)).toMatchObject({ error: { code: 'aborted' } })
  await vi.waitUntil(async () => (await busySlots()) === 0, { timeout: 2000, interval: 100 })
})

test('case 57: Ctrl-C while looking for a provider ends with 130, and says nothing', async () => {
  const alone = newHome()
  const child = start(alone, ['ask', '--no-mdns', '--timeout', '60', 'Hello'])
  const end = finished(child)
  // The node makes the key of its home; by then the command runs.
  await vi.waitUntil(() => existsSync(join(alone, 'key')), { timeout: 60_000 })
  child.kill('SIGINT')
  expect(await end).toEqual({ code: 130, out: '', err: '' })
})

test('case 57: a reader that leaves ends the command with 0, and frees the slot', async () => {
  const child = start(home, LONG)
  await once(child.stdout!, 'data')
  child.stdout!.destroy()
  const [code] = (await once(child, 'close')) as [number]
  expect(code).toBe(0)
  await vi.waitUntil(async () => (await busySlots()) === 0, { timeout: 2000, interval: 100 })
})

test.each([
  { id: 'stdout closed', redirect: '>&-' },
  { id: 'stderr closed', redirect: '2>&-' },
  { id: 'stdin closed', redirect: '<&-' },
  { id: 'head', redirect: '| head -n 1' }
])('case 57: $id is no reason for a stack trace', async ({ redirect }) => {
  const script = `"${process.execPath}" "${PROGRAM}" ask Hello ${redirect}; exit $?`
  const child = spawn('sh', ['-c', script], {
    env: { ...process.env, P2PAI_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const { code, err } = await finished(child)
  expect(code).toBe(0)
  expect(err).not.toMatch(/\n {4}at |Error/)
})

test.each<{ id: string; env: Record<string, string> }>([
  { id: 'COLUMNS=1', env: { COLUMNS: '1' } },
  { id: 'TERM=dumb', env: { TERM: 'dumb', NO_COLOR: '' } }
])('case 57: $id shows help and answers as always', async ({ env }) => {
  const help = await run(home, ['help', 'ask'], { env })
  expect(help).toMatchObject({ code: 0, err: '' })
  expect(help.out).toContain('Examples:')
  const answer = await run(home, ['ask', 'Hello'], { env })
  expect(answer.code).toBe(0)
  expect(answer.out + answer.err).not.toContain('\u001b')
})

test('standard input comes before the argument', async () => {
  const { code, out } = await run(home, ['ask', '--temperature', '0', 'the capital of France?'], { input: 'What is\n' })
  expect(code).toBe(0)
  expect(out).toMatch(/\n$/)
})
