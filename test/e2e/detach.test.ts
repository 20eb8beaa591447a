import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { environment, newFolder } from '../unit/models/fixtures.ts'
import { ALONE, newHome, run } from './command.ts'

const DETACHED = ['serve', '--detach', ...ALONE, '--api', 'off']

/** Whether a process runs. One whose end nobody has asked about yet, because its parent is gone, does not. */
function isAlive(pid: number): boolean {
  try {
    if (process.platform === 'linux') return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('serve --detach returns when the daemon is up; it goes on, writes its log, and can be stopped', async () => {
  const home = newHome()
  const started = await run(home, DETACHED)
  onTestFinished(async () => void (await run(home, ['stop'])))
  expect(started.code, started.err).toBe(0)
  expect(started.err).toMatch(/^no model of this machine fits, so the small built-in one is taken.*models recommend/m)
  const [, pid, address] = /^p2pai runs in the background \(pid (\d+)\): p2pai-tiny:\S+ at (\S+); HTTP off\n$/.exec(
    started.out
  )!
  expect(JSON.parse((await run(home, ['status', '--json'])).out)).toMatchObject({
    pid: Number(pid),
    addresses: [address]
  })
  const again = await run(home, DETACHED)
  expect(again).toMatchObject({ code: 1, out: '', err: expect.stringContaining(`already running (pid ${pid})`) })
  expect(await run(home, ['ask', '--temperature', '0', 'What is the capital of France?'])).toMatchObject({ code: 0 })
  expect((await run(home, ['logs'])).out).toContain('ready')
  expect(await run(home, ['stop'])).toMatchObject({ code: 0 })
  await vi.waitUntil(() => !isAlive(Number(pid)), { timeout: 30_000 })
})

test('with --log-format json the ready event is the answer', async () => {
  const home = newHome()
  const { code, out } = await run(home, [...DETACHED, '--no-model', '--log-format', 'json'])
  onTestFinished(async () => void (await run(home, ['stop'])))
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ event: 'ready', pid: expect.any(Number), models: [] })
})

test('serve --detach --yes gets the recommended model before, as serve does', async () => {
  const env = environment(newFolder(), 'http://127.0.0.1:9')
  const { code, err } = await run(newHome(), [...DETACHED, '--yes'], { env })
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^p2pai: cannot fetch from 127\.0\.0\.1:9: .*\n$/)
  })
})

test.each([
  { id: 'a bad flag', words: ['--slots', '0'], code: 2, says: /slots.* from 1 to 64/ },
  {
    id: 'a model that nobody knows',
    words: ['--model', 'p2pai-tyni', '--log-format', 'pretty'],
    code: 4,
    says: /no model "p2pai-tyni"/
  }
])('a daemon that does not come up with $id ends it with $code and one line', async ({ words, code, says }) => {
  const home = newHome()
  const failed = await run(home, [...DETACHED, ...words])
  expect(failed).toMatchObject({ code, out: '', err: expect.stringMatching(says) })
  expect(failed.err).toMatch(/^p2pai: [^\n]+\n$/)
  expect(existsSync(join(home, 'control.sock'))).toBe(false)
})
