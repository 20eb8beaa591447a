import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ALONE, finished, newHome, run, type Served, serve, start } from './command.ts'

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

test.each(['models', 'models recommend', 'peers', 'ps', 'id', 'status', 'version', 'config show'])(
  '%s answers in text and in JSON',
  async command => {
    const words = command.split(' ')
    const text = await run(home, words)
    expect(text).toMatchObject({ code: 0 })
    const json = await run(home, [...words, '--json'])
    expect(json).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(json.out)).toMatchObject({ version: 1 })
  }
)

test('version --json names what a report of a defect needs', async () => {
  const { out } = await run(home, ['version', '--json'])
  const number = expect.stringMatching(/^\d+\.\d+\.\d+/)
  expect(JSON.parse(out)).toEqual({
    version: 1,
    p2pai: JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).version,
    node: process.versions.node,
    libp2p: number,
    nodeLlamaCpp: number,
    platform: process.platform,
    arch: process.arch
  })
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
    conversation: expect.any(String),
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

test('a bootstrap that the daemon cannot reach is a warning: the daemon has the model itself', async () => {
  const dead = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
  const asked = await run(home, ['--bootstrap', dead, '--temperature', '0', 'What is the capital of France?'])
  expect(asked).toMatchObject({ code: 0, out: 'The capital of France is Paris.\n' })
  expect(asked.err).toMatch(/^cannot reach \/ip4\/127\.0\.0\.1\/tcp\/1\/[^\n]*\n[^\n]*first token[^\n]*\n$/)
  const broken = await run(home, ['--bootstrap', 'nonsense', 'Hello'])
  expect(broken).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^p2pai: nonsense[^\n]*\n$/) })
})

test('ask --local keeps in a home of its own what it found out about a file', async () => {
  const other = newHome()
  const file = join(import.meta.dirname, '../../models/p2pai-tiny.gguf')
  const asked = await run(join(other, 'new'), ['--local', '-m', file, '--max-tokens', '2', 'Hello'])
  expect(asked.code).toBe(0)
  expect(asked.err).not.toContain('opening')
  expect(readFileSync(join(other, 'new/state/models.json'), 'utf8')).toContain(file)
})

test.each([
  { id: 'a broken stream', throws: `Object.assign(new Error('reset'), { name: 'StreamResetError' })`, code: 0 },
  { id: 'a defect', throws: `new TypeError('a defect')`, code: 1 }
])('an uncaught $id in a daemon is one line of its log, and it ends with $code', async ({ throws, code }) => {
  const other = newHome()
  const throwing = `process.on('SIGUSR2',()=>{throw ${throws}})`
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(throwing)}` }
  const child = start(other, ['serve', ...ALONE, '--no-model', '--api', 'off', '--log-format', 'json'], env)
  const events: { event: string; level?: string; error?: string }[] = []
  const ended = finished(child)
  for await (const line of createInterface({ input: child.stdout! })) {
    events.push(JSON.parse(line))
    if (events.at(-1)?.event === 'ready') child.kill('SIGUSR2')
    if (events.at(-1)?.event === 'connection error') {
      expect((await run(other, ['status'])).code).toBe(0)
      child.kill('SIGTERM')
    }
  }
  const problems = events.filter(({ level }) => level !== undefined && level !== 'info')
  expect(problems).toEqual([
    expect.objectContaining({
      level: code === 0 ? 'warn' : 'error',
      error: expect.stringMatching(code === 0 ? /^StreamResetError: reset/ : /^TypeError: a defect/)
    })
  ])
  expect(events.at(-1)).toEqual({ event: 'stopped' })
  expect(await ended).toMatchObject({ code, err: '' })
  expect(existsSync(join(other, 'control.sock'))).toBe(false)
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
