import { readFile, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { DaemonRunningError, HomeUnusableError } from '../../interface/index.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { reason } from './home-folder.ts'
import type { HomePaths } from './paths.ts'
import { importSqlite } from './sqlite.ts'

const SQLITE_BUSY = 5

/** The winner of a race writes its pid right after it has the lock; the loser waits this long for it. */
const PID_WAIT_MS = 500
const PID_POLL_MS = 20

/** What `daemon.json` says about the daemon that holds the lock. */
export interface DaemonRecord {
  pid: number
  /** Milliseconds since 1970. */
  startedAtMs: number
  socket: string
}

/** A lock that is held. */
export interface HomeLock {
  /** Removes `daemon.json` and lets the next daemon in. Safe to call twice. */
  release(): Promise<void>
}

/**
 * Takes the home for this process. Throws `DaemonRunningError` when another one has it.
 *
 * The lock is the system's own, taken through SQLite on the file `lock`: it ends with the process, however that ends,
 * so there is no stale lock to judge, a pid that was used again cannot keep a daemon out, and two daemons cannot both
 * take over. The file stays when the lock is released, for removing it would let two processes lock two files.
 */
export async function lockHome(paths: HomePaths): Promise<HomeLock> {
  const unlock = await takeSystemLock(paths)
  try {
    const record: DaemonRecord = { pid: process.pid, startedAtMs: Date.now(), socket: paths.socket }
    await writeFileAtomic(paths.daemonFile, `${JSON.stringify(record)}\n`)
  } catch (error) {
    unlock()
    throw new HomeUnusableError(`cannot write ${paths.daemonFile}: ${reason(error)}`, { cause: error })
  }
  let held = true
  return {
    async release() {
      if (!held) return
      held = false
      await rm(paths.daemonFile, { force: true })
      unlock()
    }
  }
}

async function takeSystemLock(paths: HomePaths): Promise<() => void> {
  const { DatabaseSync } = await importSqlite()
  let database: InstanceType<typeof DatabaseSync> | undefined
  try {
    database = new DatabaseSync(paths.lock)
    // Nothing is ever written, so nothing needs a journal beside the file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) {
      throw new HomeUnusableError(`cannot lock ${paths.lock}: ${(error as Error).message}`, { cause: error })
    }
    const pid = await holderPid(paths.daemonFile)
    throw new DaemonRunningError(`a daemon is already running (pid ${pid ?? 'unknown'}) in ${paths.home}`)
  }
  const held = database
  return () => held.close()
}

async function holderPid(daemonFile: string): Promise<number | undefined> {
  for (let waitedMs = 0; waitedMs < PID_WAIT_MS; waitedMs += PID_POLL_MS) {
    const record = await readDaemonRecord(daemonFile)
    if (record !== undefined && isAlive(record.pid)) return record.pid
    await sleep(PID_POLL_MS)
  }
  return undefined
}

/** What the running daemon wrote about itself, or `undefined`. Left behind when a daemon is killed. */
export async function readDaemonRecord(daemonFile: string): Promise<DaemonRecord | undefined> {
  try {
    return JSON.parse(await readFile(daemonFile, 'utf8')) as DaemonRecord
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
