import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HomeUnusableError } from '../../../src/interface/index.ts'
import { openHome } from '../../../src/node/home/home-folder.ts'
import { temporaryFolder } from './fixtures.ts'

test('a new home is for its owner only', async () => {
  const { home } = await openHome(join(temporaryFolder(), 'new'))
  expect(statSync(home).mode & 0o777).toBe(0o700)
})

test.each([
  { id: 'parent is missing', make: (at: string) => join(at, 'missing', 'home'), problem: /missing does not exist/ },
  {
    id: 'home is a file',
    make: (at: string) => {
      writeFileSync(join(at, 'file'), '')
      return join(at, 'file')
    },
    problem: /not a folder/
  },
  {
    id: 'parent is a file',
    make: (at: string) => {
      writeFileSync(join(at, 'file'), '')
      return join(at, 'file', 'home')
    },
    problem: /not a folder/
  },
  {
    id: 'home is 0777',
    make: (at: string) => {
      mkdirSync(join(at, 'open'))
      chmodSync(join(at, 'open'), 0o777)
      return join(at, 'open')
    },
    problem: /chmod 700/
  },
  { id: 'home is on a read-only file system', make: () => '/proc/p2pai-home', problem: /cannot use the home/ }
])('case 36: $id is one clear line that names the path', async ({ make, problem }) => {
  const home = make(temporaryFolder())
  const error = await openHome(home).catch(thrown => thrown)
  expect(error).toBeInstanceOf(HomeUnusableError)
  expect(error.message).toMatch(problem)
  expect(error.message).toContain(home)
  expect(error.message).not.toContain('\n')
})
