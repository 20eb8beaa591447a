import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { finished, newHome, run, start } from '../e2e/command.ts'
import { randomFrom, seededRandom } from './support/random.ts'

const PROVE = process.env.P2PAI_PROVE === '1'
const KILLS = PROVE ? 200 : 12

test(`case 38: settings that are written while they are killed ${KILLS} times are the old ones or the new ones`, async () => {
  const { next } = PROVE ? seededRandom('settings') : randomFrom(38)
  const home = newHome()
  await run(home, ['config', 'set', 'serve.name', 'name-0'])
  const startedMs = performance.now()
  await run(home, ['config', 'set', 'serve.name', 'name-0'])
  const usualMs = performance.now() - startedMs
  let before = 'name-0'
  let written = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    const child = start(home, ['config', 'set', 'serve.name', `name-${kill}`])
    const ended = finished(child)
    // Around the moment at which it usually writes.
    const timer = setTimeout(() => void child.kill('SIGKILL'), usualMs * (0.6 + 0.6 * next()))
    await ended
    clearTimeout(timer)
    const now = JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')).serve.name
    expect([before, `name-${kill}`]).toContain(now)
    if (now !== before) written++
    before = now
  }
  console.log(`${written} of ${KILLS} were written before the kill`)
  expect(await run(home, ['config', 'set', 'serve.name', 'last'])).toMatchObject({ code: 0 })
  expect((await run(home, ['config', 'get', 'serve.name'])).out).toBe('last\n')
  expect(readdirSync(home)).toContain('config.json')
})
