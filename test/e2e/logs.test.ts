import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { homePaths } from '../../src/index.ts'
import { ALONE, newHome, run, serve, start } from './command.ts'

const QUESTION = 'What is the capital of France?'
const ANSWER = 'The capital of France is Paris.'

test('the log tells who asked and what came of it, and nothing of what was said', async () => {
  const home = newHome()
  const daemon = await serve(home)
  const asker = newHome()
  const peerId = (await run(asker, ['id'])).out.trim()
  const words = ['ask', '--no-mdns', '--bootstrap', daemon.ready.addresses[0]!, '--temperature', '0']
  expect((await run(asker, [...words, QUESTION])).out).toBe(`${ANSWER}\n`)
  // Requests that fail are told too, and say no more.
  await run(asker, [...words, '--system', QUESTION.repeat(200), QUESTION])
  await run(home, ['ask', '--temperature', '0', QUESTION])
  const running = await run(home, ['logs', '--json'])
  expect(await daemon.stop()).toBe(0)
  const { code, out } = await run(home, ['logs', '--json', '-n', '1000'])
  expect(code).toBe(0)
  expect(out.startsWith(running.out)).toBe(true)
  const events = out
    .trimEnd()
    .split('\n')
    .map(text => JSON.parse(text))
  expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['ready', 'request', 'attempt', 'stopping']))
  expect(events.at(-1)).toMatchObject({ event: 'stopped', level: 'info', time: expect.stringMatching(/^20.*Z$/) })
  expect(events.filter(({ event }) => event === 'request').map(({ peerId, outcome }) => [peerId, outcome])).toEqual([
    [peerId, 'ok'],
    [peerId, 'context_length_exceeded']
  ])
  const files = homePaths(home)
    .logFiles.slice(0, 1)
    .map(file => readFileSync(file, 'utf8'))
  for (const text of [...files, out]) {
    for (const word of ['capital', 'France', 'Paris']) expect(text).not.toContain(word)
  }
  const plain = await run(home, ['logs', '-n', '1'])
  expect(plain).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^20\S+ \S+ {2}info {3}stopped\n$/) })
  expect(await run(home, ['logs', '--level', 'error'])).toMatchObject({ code: 0, out: '' })
})

test('logs -f shows what comes, until it is interrupted', async () => {
  const home = newHome()
  const follower = start(home, ['logs', '-f', '--json'])
  onTestFinished(() => void follower.kill('SIGKILL'))
  const stopped = Promise.withResolvers<void>()
  const events: string[] = []
  createInterface({ input: follower.stdout! }).on('line', text => {
    events.push(JSON.parse(text).event)
    if (events.at(-1) === 'stopped') stopped.resolve()
  })
  const daemon = await serve(home, ['--no-model'])
  await daemon.stop()
  await stopped.promise
  expect(events).toContain('ready')
  const gone = once(follower, 'exit')
  follower.kill('SIGINT')
  expect((await gone)[0]).toBe(130)
})

test('a start that fails is in the log, and --log-level leaves out the rest', async () => {
  const home = newHome()
  await run(home, ['serve', '--log-level', 'error', '--no-mdns', '--model', 'nonsense'])
  const { out } = await run(home, ['logs', '--json'])
  expect(
    out
      .trimEnd()
      .split('\n')
      .map(text => JSON.parse(text))
  ).toEqual([expect.objectContaining({ event: 'start failed', level: 'error', code: 'model_not_found' })])
})

test('what the daemon writes down is changed while it runs, part by part', async () => {
  const home = newHome()
  const far = await serve(newHome(), ['--no-model'])
  onTestFinished(async () => void (await far.stop()))
  const daemon = await serve(home, ['--no-model'])
  const parts = async () =>
    (await run(home, ['logs', '--json', '--level', 'debug', '-n', '1000'])).out
      .trimEnd()
      .split('\n')
      .map(text => JSON.parse(text))
      .filter(({ level }) => level === 'debug')
      .map(({ event }) => event)
  expect((await run(home, ['logs', 'level', 'debug', 'libp2p=info'])).out).toMatch(/^libp2p +info\nmodels +debug\n/m)
  await run(home, ['peers', 'connect', far.ready.addresses[0]!])
  expect(await parts()).toContain('peer:connect')
  expect(await parts()).not.toContain('libp2p')
  const json = await run(home, ['logs', 'level', '--json', 'warn', 'libp2p=debug'])
  expect(JSON.parse(json.out)).toMatchObject({ version: 1, levels: { daemon: 'warn', libp2p: 'debug', peers: 'warn' } })
  await run(home, ['ping', '-c', '1', far.ready.peerId])
  await expect.poll(parts).toContain('libp2p')
  expect(await run(home, ['logs', 'level', 'loud'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/is no level/)
  })
  expect(await run(home, ['logs', 'level', 'peer=info'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/no part/)
  })
  await daemon.stop()
  expect(await run(home, ['logs', 'level'])).toMatchObject({ code: 3 })
})

test('case 37: a daemon whose log finds the disk full says so once, and serves', async () => {
  const home = newHome()
  const [file] = homePaths(home).logFiles
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 })
  symlinkSync('/dev/full', file)
  const child = start(home, ['serve', ...ALONE, '--api', 'off', '--log-format', 'json'])
  const events: string[] = []
  for await (const text of createInterface({ input: child.stdout! })) {
    events.push(JSON.parse(text).event)
    if (events.at(-1) !== 'ready') continue
    expect((await run(home, ['ask', '--temperature', '0', QUESTION])).out).toBe(`${ANSWER}\n`)
    child.kill('SIGTERM')
  }
  expect(events.filter(event => event === 'the log file cannot be written')).toHaveLength(1)
  expect(events.at(-1)).toBe('stopped')
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0)
})
