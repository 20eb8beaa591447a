import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withProcessLock } from '../../../src/inference/models/process-lock.ts'
import { removeAbandoned } from '../../../src/inference/models/tidy.ts'
import { newFolder } from './fixtures.ts'

const DAY_MS = 24 * 3_600_000
const key = (digit: string) => digit.repeat(32)

function put(folder: string, name: string, ageDays: number): void {
  writeFileSync(join(folder, name), 'x')
  const at = new Date(Date.now() - ageDays * DAY_MS)
  utimesSync(join(folder, name), at, at)
}

test('what nobody went on with for a week is removed; what is newer, or fetched just now, stays', async () => {
  const folder = newFolder()
  const lockOf = (name: string) => join(folder, `${name.slice(0, 2)}.lock`)
  put(folder, `${key('a')}.part`, 9)
  put(folder, `${key('a')}.json`, 8)
  put(folder, `${key('a')}-00001-of-00002.gguf`, 8)
  put(folder, `${key('b')}.part`, 9)
  put(folder, `${key('b')}.json`, 6)
  put(folder, `${key('c')}.part`, 30)
  put(folder, `${key('d')}.77.copy`, 30)
  await withProcessLock(lockOf(key('c')), async () => {
    const removed = await removeAbandoned(folder, lockOf)
    expect(removed.sort()).toEqual(
      [`${key('a')}-00001-of-00002.gguf`, `${key('a')}.json`, `${key('a')}.part`, `${key('d')}.77.copy`].sort()
    )
  })
  const left = readdirSync(folder).filter(name => !name.endsWith('.lock'))
  expect(left.sort()).toEqual([`${key('b')}.json`, `${key('b')}.part`, `${key('c')}.part`])
  expect(await removeAbandoned(join(folder, 'none'), lockOf)).toEqual([])
})
