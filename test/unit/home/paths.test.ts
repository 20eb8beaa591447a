import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { openHome } from '../../../src/node/home/home-folder.ts'
import { homePaths } from '../../../src/node/home/paths.ts'
import { temporaryFolder } from './fixtures.ts'

afterEach(() => vi.unstubAllEnvs())

test('P2PAI_HOME moves everything', () => {
  const folder = temporaryFolder()
  vi.stubEnv('P2PAI_HOME', folder)
  const paths = homePaths()
  for (const path of Object.values(paths).flat()) expect(path.startsWith(realpathSync(folder))).toBe(true)
})

test('a home without P2PAI_HOME is in the folder for data, named p2pai', () => {
  vi.stubEnv('P2PAI_HOME', '')
  expect(homePaths().home).toMatch(/[/\\]p2pai([/\\]Data)?$/)
})

test('a socket path that is too long moves to the runtime directory, the same for daemon and command', async () => {
  const runtime = temporaryFolder()
  vi.stubEnv('XDG_RUNTIME_DIR', runtime)
  const long = join(temporaryFolder(), 'h'.repeat(100))
  const before = homePaths(long)
  const opened = await openHome(long)
  expect(before.socket.startsWith(runtime)).toBe(true)
  expect(Buffer.byteLength(opened.socket)).toBeLessThanOrEqual(103)
  expect(opened).toEqual(before)
  expect(opened.key.startsWith(realpathSync(long))).toBe(true)
})

test('homes with long names do not share a socket', () => {
  const parent = temporaryFolder()
  expect(homePaths(join(parent, 'a'.repeat(120))).socket).not.toBe(homePaths(join(parent, 'b'.repeat(120))).socket)
})

test('a home reached through a link is the same home', () => {
  const parent = temporaryFolder()
  mkdirSync(join(parent, 'real'))
  symlinkSync(join(parent, 'real'), join(parent, 'link'))
  expect(homePaths(join(parent, 'link'))).toEqual(homePaths(join(parent, 'real')))
})
