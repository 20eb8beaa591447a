import { BadModelError, type OnPullProgress, toP2paiError } from '../../interface/index.ts'
import { hashFile } from '../files/hash.ts'
import { checkRoom, diskError } from './disk.ts'
import { type DownloadLine, fetchRange } from './fetch-range.ts'
import { PartFile } from './part-file.ts'
import { lengthOf } from './ranges.ts'
import type { RemoteFile } from './remote-file.ts'

/** Requests at once: one alone rarely fills a line, more than a few only burden the server. */
const PARALLEL = 4

/** A file that was fetched and checked. `path` is still the part's; its new owner renames it. */
export interface Fetched {
  path: string
  digest: string
  /** Removes what the download kept about the part. To be called after the rename. */
  forget(): Promise<void>
}

/**
 * Fetches a file into `base.part` and checks it. Goes on where an earlier try ended. Throws `DiskFullError` before
 * anything is fetched or when the disk fills up, `DownloadError`, and `BadModelError` for a file with a wrong digest,
 * of which nothing is kept.
 */
export async function download(
  remote: RemoteFile,
  folder: string,
  base: string,
  onProgress: OnPullProgress,
  signal: AbortSignal
): Promise<Fetched> {
  const part = await openPart(remote, folder, base)
  const totalBytes = remote.sizeBytes
  const file = { totalBytes, ...(remote.digest !== undefined && { digest: remote.digest }) }
  try {
    let doneBytes = totalBytes - part.missingBytes
    onProgress({ phase: 'fetching', doneBytes, ...file })
    await fetchAll(
      {
        remote,
        part,
        onBytes(bytes) {
          doneBytes += bytes
          onProgress({ phase: 'fetching', doneBytes, ...file })
        }
      },
      signal
    )
  } finally {
    await closePart(part, folder)
  }
  let checkedBytes = 0
  const digest = await hashFile(part.path, {
    signal,
    onBytes(bytes) {
      checkedBytes += bytes
      onProgress({ phase: 'checking', doneBytes: checkedBytes, ...file })
    }
  })
  if (remote.digest !== undefined && remote.digest !== digest) {
    await part.remove()
    throw new BadModelError(
      `${remote.fileName} is not what the hub promises: its SHA-256 is ${digest} instead of ${remote.digest}; nothing was installed`
    )
  }
  return { path: part.path, digest, forget: () => part.forget() }
}

async function openPart(remote: RemoteFile, folder: string, base: string): Promise<PartFile> {
  try {
    const part = await PartFile.open(base, remote)
    try {
      await checkRoom(folder, part.missingBytes, remote.fileName)
    } catch (error) {
      await part.close()
      // A part without a byte in it would only lie around.
      if (part.missingBytes === remote.sizeBytes) await part.remove()
      throw error
    }
    return part
  } catch (error) {
    throw diskError(error, folder)
  }
}

async function closePart(part: PartFile, folder: string): Promise<void> {
  try {
    await part.close()
  } catch (error) {
    throw diskError(error, folder)
  }
}

/** Fetches all ranges, some at once. The first failure ends the others. */
async function fetchAll(line: DownloadLine, signal: AbortSignal): Promise<void> {
  const open = line.part.ranges.filter(range => range.doneBytes < lengthOf(range))
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const work = async (): Promise<void> => {
    for (let range = open.shift(); range !== undefined; range = open.shift()) await fetchRange(line, range, either)
  }
  const workers = Array.from({ length: PARALLEL }, () =>
    work().catch(error => {
      failed.abort(toP2paiError(error))
    })
  )
  await Promise.all(workers)
  if (signal.aborted) throw toP2paiError(signal.reason)
  if (failed.signal.aborted) throw failed.signal.reason
}
