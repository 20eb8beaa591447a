import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newHome, run, type Served, serve } from './command.ts'

const cleanUps: (() => void)[] = []
const home = newHome(cleanUp => cleanUps.push(cleanUp))
let daemon: Served

beforeAll(async () => {
  daemon = await serve(home)
})

afterAll(async () => {
  await daemon.stop()
  for (const cleanUp of cleanUps) cleanUp()
})

test('the ready event has what scripts need', () => {
  expect(daemon.ready).toEqual({
    event: 'ready',
    peerId: expect.stringMatching(/^12D3KooW/),
    addresses: [expect.stringMatching(new RegExp(`^/ip4/127\\.0\\.0\\.1/tcp/\\d+/p2p/${daemon.ready.peerId}$`))],
    models: [{ name: expect.stringMatching(/^p2pai-tiny:/), digest: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    pid: daemon.child.pid
  })
})

test('status --json has the documented fields', async () => {
  const { code, out } = await run(home, ['status', '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    version: 1,
    peerId: daemon.ready.peerId,
    addresses: daemon.ready.addresses,
    connections: expect.any(Number),
    engines: [
      {
        model: daemon.ready.models[0]!.name,
        state: 'warm',
        slots: { total: expect.any(Number), busy: 0 },
        queued: 0,
        restarts: 0,
        rssBytes: expect.any(Number)
      }
    ]
  })
})

test.each(['models', 'peers', 'ps', 'id', 'status'])('%s answers in text and in JSON', async command => {
  const text = await run(home, [command])
  expect(text).toMatchObject({ code: 0 })
  const json = await run(home, [command, '--json'])
  expect(json).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(json.out)).toMatchObject({ version: 1 })
})

test('case 35: a second daemon in the same home is told the pid of the first', async () => {
  const { code, out, err } = await run(home, ['serve', '--no-model', '--no-mdns'])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(new RegExp(`^p2pai: .*already running \\(pid ${daemon.child.pid}\\).*\n$`))
  expect((await run(home, ['status'])).code).toBe(0)
})

test('the control socket is for its owner only', () => {
  expect(statSync(join(home, 'control.sock')).mode & 0o777).toBe(0o600)
})

test('the answer alone is on stdout, in one line; who answered is on stderr', async () => {
  const { code, out, err } = await run(home, ['What is the capital of France?', '--temperature', '0'])
  expect({ code, out }).toEqual({ code: 0, out: 'The capital of France is Paris.\n' })
  expect(err).toMatch(/^p2pai-tiny:\S+ at \S+ · first token .*\n$/)
})

test('ask --json is one object', async () => {
  const { code, out, err } = await run(home, ['ask', '--json', '--max-tokens', '3', 'Hello'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(JSON.parse(out)).toEqual({
    version: 1,
    text: expect.any(String),
    finishReason: 'length',
    model: daemon.ready.models[0],
    provider: { peerId: daemon.ready.peerId },
    usage: { promptTokens: expect.any(Number), cachedPromptTokens: expect.any(Number), completionTokens: 3 },
    timings: {
      discoveryMs: expect.any(Number),
      firstTokenMs: expect.any(Number),
      totalMs: expect.any(Number),
      tokensPerSecond: expect.any(Number)
    },
    attempts: [{ peerId: daemon.ready.peerId, outcome: 'ok' }]
  })
})

test('ask --stream is a line of JSON an event', async () => {
  const { code, out } = await run(home, ['ask', '--json', '--stream', '--seed', '1', 'Hello'])
  const events = out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(code).toBe(0)
  expect(events[0]).toMatchObject({ type: 'accepted', queuePosition: 0, model: daemon.ready.models[0] })
  expect(events.at(-1)).toMatchObject({ type: 'end', finishReason: 'stop' })
  const deltas = events.filter(event => event.type === 'delta')
  expect(deltas.map(event => event.text).join('')).not.toBe('')
})

test('a schema binds the answer', async () => {
  const { writeFileSync } = await import('node:fs')
  const schema = join(home, 'schema.json')
  writeFileSync(schema, '{"type":"object","properties":{"sky":{"type":"string","enum":["blue"]}},"required":["sky"]}')
  const { out } = await run(home, ['ask', '--schema', schema, 'What colour is the sky?'])
  expect(JSON.parse(out)).toEqual({ sky: 'blue' })
})

test('another process that knows one address is answered', async () => {
  const [address] = daemon.ready.addresses
  const asked = await run(newHome(), [
    'ask',
    '--no-mdns',
    '--bootstrap',
    address!,
    '--temperature',
    '0',
    'What is the capital of France?'
  ])
  expect(asked).toMatchObject({ code: 0, out: 'The capital of France is Paris.\n' })
})

test('stop leaves the key and what was learned, and nothing of a running daemon', async () => {
  const other = newHome()
  const { child } = await serve(other, ['--no-model'])
  expect(await run(other, ['stop'])).toMatchObject({ code: 0, out: '' })
  expect(() => process.kill(child.pid!, 0)).toThrow('ESRCH')
  for (const name of ['control.sock', 'daemon.json']) expect(existsSync(join(other, name))).toBe(false)
  expect(readdirSync(other)).toContain('key')
  expect(await run(other, ['stop'])).toMatchObject({ code: 3 })
})

test('a daemon that was killed is followed by the next one with the same key', async () => {
  const other = newHome()
  const first = await serve(other, ['--no-model'])
  first.child.kill('SIGKILL')
  const second = await serve(other, ['--no-model'])
  expect(second.ready.peerId).toBe(first.ready.peerId)
  expect(await run(other, ['status'])).toMatchObject({ code: 0 })
  expect(await second.stop()).toBe(0)
})

test('a home whose socket path is too long has a daemon all the same', async () => {
  const long = join(newHome(), 'h'.repeat(110))
  const { stop } = await serve(long, ['--no-model'])
  expect(await run(long, ['status'])).toMatchObject({ code: 0 })
  expect(await stop()).toBe(0)
})
