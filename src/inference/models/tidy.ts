import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { tryProcessLock } from './process-lock.ts'

/** What nobody has gone on with for so long was given up. */
const ABANDONED_MS = 7 * 24 * 3_600_000
/** Files that belong together share so much of their names: the key of their download, or the digest of a copy. */
const KEY_DIGITS = 32

/**
 * Removes what downloads left in the folder of parts that nobody went on with for a week. `lockOf` gives the lock
 * under which a key is fetched; one that is held is left alone. What cannot be looked at is left for the next time.
 */
export async function removeAbandoned(folder: string, lockOf: (key: string) => string): Promise<string[]> {
  const removed: string[] = []
  for (const [key, files] of Map.groupBy(await partsIn(folder), file => path.basename(file).slice(0, KEY_DIGITS))) {
    if (!(await areOld(files))) continue
    const unlock = await tryProcessLock(lockOf(key))
    if (unlock === undefined) continue
    try {
      // Another process may have gone on with it a moment ago.
      if (!(await areOld(files))) continue
      for (const file of files) await rm(file, { force: true })
      removed.push(...files.map(file => path.basename(file)))
    } finally {
      unlock()
    }
  }
  return removed
}

async function partsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter(name => !name.endsWith('.lock')).map(name => path.join(folder, name))
}

/** Whether all of them have not changed for the time; false when one cannot be looked at. */
async function areOld(files: readonly string[]): Promise<boolean> {
  try {
    const times = await Promise.all(files.map(async file => (await stat(file)).mtimeMs))
    return Date.now() - Math.max(...times) > ABANDONED_MS
  } catch {
    // Gone meanwhile: its download has ended.
    return false
  }
}
