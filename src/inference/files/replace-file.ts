import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'

/**
 * Replaces a file whole: a reader, and a machine that lost power, sees the old content or the new. With `sync` off
 * only the reader does, and nobody waits for the disk.
 */
export async function replaceFile(file: string, text: string, sync = true): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    const handle = await open(temporary, 'w', 0o600)
    try {
      await handle.writeFile(text)
      if (sync) await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Makes new names in a folder durable. Windows has no way to, and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path.resolve(folder), 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Returns when what was written to a file, by whomever, is on the disk. */
export async function syncFile(file: string): Promise<void> {
  // Windows syncs no file that is open for reading alone.
  await using handle = await open(file, 'r+')
  await handle.sync()
}
