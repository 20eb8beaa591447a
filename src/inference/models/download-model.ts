import { rename, stat } from 'node:fs/promises'
import type { OnPullProgress, PullProgress } from '../../interface/index.ts'
import { hashFile, joinDigests } from '../files/hash.ts'
import { partFile } from '../files/parts.ts'
import { checkRoom } from './disk.ts'
import { download } from './download.ts'
import { fetchedBytes } from './part-file.ts'
import type { RemoteFile } from './remote-file.ts'
import type { RemoteModel } from './remote-model.ts'

/** A model that was fetched and checked. Its files are still among the parts; the new owner renames them. */
export interface FetchedModel {
  /** In order, named so that they can be read as a model. */
  files: string[]
  digest: string
  /** Removes what the download kept about the files. To be called after they were renamed. */
  forget(): Promise<void>
}

/**
 * Fetches all files of a model, one after the other, into files that begin with `base`. Goes on where an earlier try
 * ended. Throws `DiskFullError` before anything is fetched when there is no room for all, and what `download` throws.
 */
export async function downloadModel(
  remote: RemoteModel,
  folder: string,
  base: string,
  onProgress: OnPullProgress,
  signal: AbortSignal
): Promise<FetchedModel> {
  const { files, sizeBytes: totalBytes } = remote
  if (files.length === 1) {
    const { path, digest, forget } = await download(files[0]!, folder, base, onProgress, signal)
    return { files: [path], digest, forget }
  }
  const parts = files.map((file, index) => ({ file, whole: partFile(base, index + 1, files.length) }))
  const missing = await Promise.all(parts.map(part => missingBytes(part.file, part.whole)))
  await checkRoom(
    folder,
    missing.reduce((sum, bytes) => sum + bytes, 0),
    remote.fileName
  )
  const digests: string[] = []
  let beforeBytes = 0
  const tell = ({ phase, doneBytes }: PullProgress): void =>
    onProgress({ phase, doneBytes: beforeBytes + doneBytes, totalBytes })
  for (const { file, whole } of parts) {
    digests.push((await earlier(file, whole, signal)) ?? (await fetchPart(file, whole, folder, tell, signal)))
    beforeBytes += file.sizeBytes
  }
  // What was checked has its name: nothing is kept beside it.
  return { files: parts.map(({ whole }) => whole), digest: joinDigests(digests), forget: async () => undefined }
}

async function fetchPart(
  file: RemoteFile,
  whole: string,
  folder: string,
  onProgress: OnPullProgress,
  signal: AbortSignal
): Promise<string> {
  const fetched = await download(file, folder, whole, onProgress, signal)
  await rename(fetched.path, whole)
  await fetched.forget()
  return fetched.digest
}

/** The digest of a part that an earlier try has fetched whole. One without a promised digest is known by its size. */
async function earlier(file: RemoteFile, whole: string, signal: AbortSignal): Promise<string | undefined> {
  if (!(await isWhole(file, whole))) return undefined
  const digest = await hashFile(whole, { signal })
  return file.digest === undefined || file.digest === digest ? digest : undefined
}

async function missingBytes(file: RemoteFile, whole: string): Promise<number> {
  return (await isWhole(file, whole)) ? 0 : file.sizeBytes - (await fetchedBytes(whole, file))
}

async function isWhole(file: RemoteFile, whole: string): Promise<boolean> {
  return await stat(whole).then(
    ({ size }) => size === file.sizeBytes,
    // Not fetched yet.
    () => false
  )
}
