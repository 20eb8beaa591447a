import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { DaemonRunningError } from '../../../src/interface/index.ts'
import { lockHome, readDaemonRecord } from '../../../src/node/home/lock.ts'
import { homePaths } from '../../../src/node/home/paths.ts'
import { temporaryFolder } from './fixtures.ts'

async function startHolder(home: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lock-holder.ts'), home], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = await once(createInterface(child.stdout!), 'line')
  return { child, said }
}

test('case 35: of daemons that race for one home exactly one gets it, and the others name its pid', async () => {
  const home = temporaryFolder()
  const holders = await Promise.all(Array.from({ length: 4 }, () => startHolder(home)))
  const winners = holders.filter(({ said }) => said === 'locked')
  expect(winners).toHaveLength(1)
  for (const { said } of holders.filter(holder => holder !== winners[0])) {
    expect(said).toContain(`already running (pid ${winners[0]!.child.pid})`)
  }
})

test('case 35: the lock of a daemon that was killed is taken over', async () => {
  const home = temporaryFolder()
  const { child } = await startHolder(home)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(existsSync(homePaths(home).daemonFile)).toBe(true)
  const lock = await lockHome(homePaths(home))
  expect((await readDaemonRecord(homePaths(home).daemonFile))?.pid).toBe(process.pid)
  await lock.release()
})

test('case 35: a dead daemon whose pid somebody else has now keeps nobody out', async () => {
  const paths = homePaths(temporaryFolder())
  writeFileSync(paths.lock, '')
  writeFileSync(paths.daemonFile, JSON.stringify({ pid: process.ppid }))
  const lock = await lockHome(paths)
  await lock.release()
})

test('a lock that was released can be taken again, and leaves no daemon.json', async () => {
  const paths = homePaths(temporaryFolder())
  const first = await lockHome(paths)
  await expect(lockHome(paths)).rejects.toThrow(DaemonRunningError)
  expect(JSON.parse(readFileSync(paths.daemonFile, 'utf8')).pid).toBe(process.pid)
  await first.release()
  await first.release()
  expect(existsSync(paths.daemonFile)).toBe(false)
  const second = await lockHome(paths)
  await second.release()
})
