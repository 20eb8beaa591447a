import { ModelNotFoundError } from '../../interface/index.ts'
import { joinDigests } from '../files/hash.ts'
import { filesOfModel } from '../files/parts.ts'
import { hubFile, type RemoteFile, webFile } from './remote-file.ts'
import type { HubSettings } from './settings.ts'
import type { HubSource } from './source.ts'

/** A model elsewhere, in one file or in several. */
export interface RemoteModel {
  /** In order; the first one is loaded. */
  files: RemoteFile[]
  /** Of the first file. */
  fileName: string
  /** Of all files. */
  sizeBytes: number
  /** What the model must have, see `joinDigests`. Absent where the server does not say one of each file. */
  digest?: string
  /** Tells two versions of a model apart. */
  identity: string
}

/** Asks the hub about all files of a model, given the first. Throws `ModelNotFoundError`, `RefusedError` or `DownloadError`. */
export async function hubModel(
  source: HubSource & { file: string },
  settings: HubSettings,
  signal?: AbortSignal
): Promise<RemoteModel> {
  const names = filesOfModel(source.file)
  return await asked(names, name => hubFile({ ...source, file: name }, settings, signal))
}

/** Asks any server about all files of a model, given one. Digests are known only when they have been fetched. */
export async function webModel(url: URL, signal?: AbortSignal): Promise<RemoteModel> {
  return await asked(filesOfModel(url.pathname), name => {
    const file = new URL(url)
    file.pathname = name
    return webFile(file, signal)
  })
}

async function asked(names: string[], ask: (name: string) => Promise<RemoteFile>): Promise<RemoteModel> {
  const files: RemoteFile[] = []
  for (const name of names) {
    try {
      files.push(await ask(name))
    } catch (error) {
      if (!(error instanceof ModelNotFoundError) || files.length === 0) throw error
      throw new ModelNotFoundError(`the model is not whole: ${name.split('/').at(-1)} is missing`, { cause: error })
    }
  }
  const digests = files.flatMap(({ digest }) => digest ?? [])
  return {
    files,
    fileName: files[0]!.fileName,
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ...(digests.length === files.length && { digest: joinDigests(digests) }),
    identity: files.map(({ identity }) => identity).join('\n')
  }
}
