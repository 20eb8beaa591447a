import { statfs } from 'node:fs/promises'
import { DiskFullError } from '../../interface/index.ts'

/** What must stay free beside a model: logs, datastore, and everybody else's files. */
const SPARE_BYTES = 2 ** 30
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Throws `DiskFullError` when a folder's disk has no room for so many bytes and 1 GiB besides. */
export async function checkRoom(folder: string, neededBytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const freeBytes = bavail * bsize
  if (freeBytes >= neededBytes + SPARE_BYTES) return
  throw new DiskFullError(
    `no room for ${what}: it needs ${gigabytes(neededBytes)} and 1 GiB besides, but only ${gigabytes(freeBytes)} are free in ${folder}`
  )
}

/** A failed write as a `DiskFullError` where that is the reason, else as it was. */
export function diskError(error: unknown, folder: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!FULL.has(code)) return error
  return new DiskFullError(`the disk is full: ${folder}; what was fetched is kept, and the next try goes on`, {
    cause: error
  })
}

function gigabytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(2)} GiB`
}
