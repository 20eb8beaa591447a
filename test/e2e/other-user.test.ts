import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newHome, serve } from './command.ts'

const NOBODY = 65_534
const canBeNobody = process.getuid?.() === 0
if (!canBeNobody) console.warn('skipped: only root can try as another user')
const KEY = 'an-api-key-that-nobody-may-see'

/** Runs something as another user of the machine. */
const asNobody = (command: string, words: string[]) =>
  spawnSync(command, words, { uid: NOBODY, gid: NOBODY, cwd: tmpdir(), encoding: 'utf8' })

test.skipIf(!canBeNobody)('T17, T25: another user reads no key, reaches no socket, and sees no secret', async () => {
  const home = newHome()
  const keyFile = join(home, 'api-key')
  writeFileSync(keyFile, `${KEY}\n`)
  const daemon = await serve(home, ['--no-model', '--api', '127.0.0.1:0', '--api-key-file', keyFile])
  onTestFinished(async () => void (await daemon.stop()))
  const read = asNobody('cat', [join(home, 'key')])
  expect(read).toMatchObject({ stdout: '', stderr: expect.stringContaining('Permission denied') })
  const connect = `require('net').connect(${JSON.stringify(join(home, 'control.sock'))})
    .on('connect', () => console.log('connected')).on('error', error => console.log(error.code))`
  expect(asNobody(process.execPath, ['-e', connect]).stdout).toBe('EACCES\n')
  const asked = await fetch(`${daemon.ready.api}/v1/models`, { headers: { authorization: `Bearer ${KEY}` } })
  expect(asked.status).toBe(200)
  expect(spawnSync('ps', ['axww', '-o', 'args'], { encoding: 'utf8' }).stdout).not.toContain(KEY)
  const logs = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.log'))
  expect(logs.length).toBeGreaterThan(0)
  for (const name of logs) expect(readFileSync(join(home, name), 'utf8')).not.toContain(KEY)
})
