import { randomUUID } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Codes of file systems without hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** Replaces a file whole: a reader, and a machine that lost power, sees the old content or the new. */
export async function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  await withTemporaryFile(path, data, mode, temporary => rename(temporary, path))
}

/** Like `writeFileAtomic` for a file that must not exist yet. Returns whether it was written. */
export async function createFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<boolean> {
  return withTemporaryFile(path, data, mode, async temporary => {
    try {
      await link(temporary, path)
      return true
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') return false
      if (!NO_LINKS.has(code)) throw error
      await rename(temporary, path)
      return true
    }
  })
}

async function withTemporaryFile<T>(
  path: string,
  data: string | Uint8Array,
  mode: number,
  place: (temporary: string) => Promise<T>
): Promise<T> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    const result = await place(temporary)
    await syncDirectory(dirname(path))
    return result
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Makes the new name itself durable. Windows has no way to sync a folder, and needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
