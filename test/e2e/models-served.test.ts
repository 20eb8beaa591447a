import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { chainModel } from '../fixtures/gguf-model.ts'
import { environment, newFolder } from '../unit/models/fixtures.ts'
import { HubServer } from '../unit/models/hub-server.ts'
import { newHome, run, type Served, serve } from './command.ts'

let hub: HubServer

beforeAll(async () => {
  hub = await HubServer.start({})
})

afterAll(() => hub.stop())

interface Row {
  model: string
  state: string
  expiresAtMs?: number
}

/** A home with two small models of its own, and their digests. */
async function homeWith(...words: string[]) {
  const home = newHome()
  const env = environment(newFolder(), hub.endpoint)
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  for (const word of words) await install(home, word)
  return home
}

async function install(home: string, word: string): Promise<void> {
  const file = join(newFolder(), `${word}.gguf`)
  writeFileSync(file, chainModel([` ${word}`, ' end'], { name: word }))
  const { code, err } = await run(home, ['models', 'pull', file])
  expect({ code, err }).toEqual({ code: 0, err: '' })
}

async function rows(home: string): Promise<Row[]> {
  const { out } = await run(home, ['ps', '--json'])
  return JSON.parse(out).engines
}

async function statesOf(home: string): Promise<Record<string, string>> {
  return Object.fromEntries((await rows(home)).map(({ model, state }) => [model.split(':')[0], state]))
}

async function served(home: string, words: string[] = []): Promise<Served> {
  const daemon = await serve(home, words)
  onTestFinished(async () => void (await daemon.stop()))
  return daemon
}

const ask = async (home: string, model: string) => await run(home, ['ask', '--local', '-m', model, 'Hello'])

test('all installed models are served: one is loaded, the others by the first request, unloaded by name', async () => {
  const home = await homeWith('alpha', 'beta')
  const daemon = await served(home)
  expect(daemon.ready.models).toHaveLength(1)
  await vi.waitUntil(async () => (await rows(home)).length === 2, { timeout: 60_000, interval: 200 })
  const [first, second] = (await rows(home)).map(({ model }) => model)
  expect((await rows(home)).map(({ state }) => state)).toEqual(['warm', 'cold'])
  expect((await ask(home, second!)).out.trim()).toBe(`${second!.split(':')[0]} end`)
  const after = await rows(home)
  expect(after.map(({ state }) => state)).toEqual(['warm', 'warm'])
  for (const { expiresAtMs } of after) expect(expiresAtMs).toBeGreaterThan(Date.now())
  const table = await run(home, ['ps'])
  expect(table.out).toMatch(/^MODEL .* UNTIL +HARDWARE\n(?:.* in 9 min \d+ s .*\n){2}$/)
  const unloaded = await run(home, ['models', 'unload', first!])
  expect(unloaded).toEqual({ code: 0, out: `${first} is out of the memory until it is asked again\n`, err: '' })
  expect((await rows(home)).map(({ state }) => state)).toEqual(['cold', 'warm'])
  expect(await run(home, ['models', 'unload', 'gamma'])).toMatchObject({ code: 4, out: '' })
})

test('models that are installed and removed while the daemon runs are served and withdrawn at once', async () => {
  const home = await homeWith()
  await served(home)
  await install(home, 'gamma')
  expect(await statesOf(home)).toMatchObject({ gamma: 'cold' })
  expect((await ask(home, 'gamma')).out.trim()).toBe('gamma end')
  expect(await run(home, ['models', 'rm', 'gamma'])).toMatchObject({ code: 0 })
  expect(await statesOf(home)).not.toHaveProperty('gamma')
  expect(await ask(home, 'gamma')).toMatchObject({ code: 4, out: '' })
})

test('with --model only the named ones are served, whatever is installed then or later', async () => {
  const home = await homeWith('alpha', 'beta')
  const daemon = await served(home, ['--model', 'beta', '--keep-alive', '-1'])
  expect(daemon.ready.models.map(({ name }) => name.split(':')[0])).toEqual(['beta'])
  await install(home, 'gamma')
  expect(await rows(home)).toEqual([expect.not.objectContaining({ expiresAtMs: expect.anything() })])
  expect((await run(home, ['ps'])).out).toContain(' for ever ')
  expect(await ask(home, 'alpha')).toMatchObject({ code: 4 })
})

test('case 44: a file that is deleted while it is served is withdrawn, and why is said', async () => {
  const home = await homeWith()
  const file = join(newFolder(), 'delta.gguf')
  writeFileSync(file, chainModel([' delta', ' end']))
  await served(home, ['--model', file, '--keep-alive', '0'])
  const name = (await rows(home))[0]!.model
  rmSync(file)
  await vi.waitUntil(async () => (await rows(home))[0]?.state === 'failed', { timeout: 10_000, interval: 100 })
  const { code, err } = await ask(home, name)
  expect(code).not.toBe(0)
  expect(err).toMatch(/delta\.gguf cannot be read \(ENOENT\)/)
})

test('a time that is none is refused', async () => {
  const { code, err } = await run(newHome(), ['serve', '--keep-alive', 'soon'])
  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^p2pai: [^\n]*keep-alive[^\n]*10m[^\n]*\n$/) })
})
