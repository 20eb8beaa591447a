import { setTimeout as sleep } from 'node:timers/promises'
import { throwIfAborted } from '../../interface/index.ts'

const SQLITE_BUSY = 5
const POLL_MS = 200

/**
 * Does some work while no other process does work under the same lock file. The lock is the system's own, taken
 * through SQLite, so it ends with the process, however that ends. `onWait` is called once when another one has it.
 */
export async function withProcessLock<T>(
  file: string,
  work: () => Promise<T>,
  { signal, onWait }: { signal?: AbortSignal | undefined; onWait?: () => void } = {}
): Promise<T> {
  let unlock = await tryProcessLock(file)
  if (unlock === undefined) onWait?.()
  while (unlock === undefined) {
    throwIfAborted(signal)
    await sleep(POLL_MS)
    unlock = await tryProcessLock(file)
  }
  try {
    return await work()
  } finally {
    unlock()
  }
}

/** Takes the lock if nobody has it, and returns the way to give it back; undefined when another one has it. */
export async function tryProcessLock(file: string): Promise<(() => void) | undefined> {
  const { DatabaseSync } = await importSqlite()
  const database = new DatabaseSync(file)
  try {
    // Nothing is ever written, so nothing needs a journal beside the file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return () => database.close()
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
}

/** Node 22 calls SQLite experimental at the first import; users can do nothing about it, so it is not said. */
async function importSqlite(): Promise<typeof import('node:sqlite')> {
  const { emitWarning } = process
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    return await import('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
