import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { joinDigests } from '../files/hash.ts'
import { filesOfModel, partNameOf } from '../files/parts.ts'
import { CATALOG } from './catalog.ts'
import type { LocalModel } from './local-model.ts'
import { nameFromFile } from './names.ts'
import { isSafeHubPath } from './source.ts'

const MAX_REPOSITORIES = 500
const MAX_FILES = 100
const REPOSITORY_FOLDER = /^models--([\w.-]+)--([\w.-]+)$/

/** GGUFs that the hub's own tools have fetched, to be used where they are. What cannot be read is passed over. */
export async function hubCacheModels(cache: string): Promise<LocalModel[]> {
  const names = await namesIn(cache)
  const models: LocalModel[] = []
  for (const name of names.filter(entry => REPOSITORY_FOLDER.test(entry)).slice(0, MAX_REPOSITORIES)) {
    const [, owner = '', repository = ''] = REPOSITORY_FOLDER.exec(name) ?? []
    models.push(...(await modelsOf(path.join(cache, name), `${owner}/${repository}`)))
  }
  return models
}

async function modelsOf(folder: string, repository: string): Promise<LocalModel[]> {
  const commits = await namesIn(path.join(folder, 'snapshots'))
  const main = (await readFile(path.join(folder, 'refs', 'main'), 'utf8').catch(() => '')).trim()
  const commit = commits.includes(main) ? main : commits[0]
  if (commit === undefined) return []
  const snapshot = path.join(folder, 'snapshots', commit)
  const files = await namesIn(snapshot, true)
  const models: LocalModel[] = []
  for (const file of files.map(name => name.split(path.sep).join('/'))) {
    if (models.length >= MAX_FILES) break
    if (!isSafeHubPath(file) || /(?:^|\/)mmproj/i.test(file)) continue
    // A model in parts is known by its first.
    if ((partNameOf(file)?.number ?? 1) > 1) continue
    const model = await modelOf(folder, path.join(snapshot, file), repository, file)
    if (model !== undefined) models.push(model)
  }
  return models
}

async function namesIn(folder: string, recursive = false): Promise<string[]> {
  try {
    return await readdir(folder, { recursive })
  } catch {
    // There is no such cache, or it is not ours to read.
    return []
  }
}

async function modelOf(
  folder: string,
  link: string,
  repository: string,
  file: string
): Promise<LocalModel | undefined> {
  try {
    const root = await realpath(folder)
    const blobs = await Promise.all(filesOfModel(link).map(part => realpath(part)))
    const sizes = await Promise.all(blobs.map(async blob => (await stat(blob)).size))
    if (blobs.some(blob => !blob.startsWith(root + path.sep)) || sizes.includes(0)) return undefined
    // The hub's tools name a blob after its SHA-256; on systems without links the name tells nothing.
    const digests = blobs.map(blob => path.basename(blob))
    const known = CATALOG.find(entry => entry.repository === repository && entry.file === file)
    return {
      name: known?.name ?? nameFromFile(file),
      digest: digests.every(digest => /^[0-9a-f]{64}$/.test(digest)) ? joinDigests(digests) : '',
      sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
      path: link,
      place: 'hub-cache',
      installed: false,
      source: `hf:${repository}/${file}`,
      ...(known && { licence: known.licence })
    }
  } catch {
    // A link to a blob that is gone, or that is not ours to read.
    return undefined
  }
}
