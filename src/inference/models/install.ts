import { readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { filesOfModel, partFile } from '../files/parts.ts'
import { syncFile, syncFolder } from '../files/replace-file.ts'
import { cleanModelName, modelNameOf } from '../llama/model-name.ts'
import type { InstalledModels } from './installed.ts'
import { headerFacts, type LocalModel } from './local-model.ts'
import { fileEndFor, fileStemFor } from './names.ts'
import { modelHeader } from './verify.ts'

/** Where a model came from, for the list of models. */
export interface Origin {
  source: string
  name?: string | undefined
  licence?: string | undefined
  /** Of its first file. */
  fileName: string
}

/** What is known of a model whose files are whole and checked. */
export interface CheckedModel {
  digest: string
  /** Of all its files. */
  sizeBytes: number
  origin: Origin
}

/** Puts models into the folder and on the list. */
export class Installer {
  readonly #folder: string
  readonly #installed: InstalledModels

  constructor(folder: string, installed: InstalledModels) {
    this.#folder = folder
    this.#installed = installed
  }

  /**
   * Puts whole, checked files under their names, in order, and the model on the list. Files that are no model are
   * removed. `files` must lie in one folder and be named as parts if they are several, so that they can be read.
   */
  async install(files: readonly string[], model: CheckedModel): Promise<LocalModel> {
    const [first = ''] = files
    let name: string
    try {
      name = nameOf(first, model.origin)
    } catch (error) {
      for (const file of files) await rm(file, { force: true })
      throw error
    }
    const stem = path.join(this.#folder, fileStemFor(name, model.digest))
    const targets =
      files.length === 1 ? [`${stem}.gguf`] : files.map((_, index) => partFile(stem, index + 1, files.length))
    // A name must never outlive a power cut that its file does not.
    for (const file of files) await syncFile(file)
    // The last one first: what has the name of a first part is whole.
    for (const [index, file] of [...files.entries()].reverse()) await rename(file, targets[index] ?? file)
    await syncFolder(this.#folder)
    return await this.register(targets[0] ?? first, model, 'p2pai')
  }

  /** Puts a model on the list whose files have their names. */
  async register(file: string, model: CheckedModel, place: LocalModel['place']): Promise<LocalModel> {
    const { digest, sizeBytes, origin } = model
    const entry: LocalModel = {
      name: await this.#freeName(nameOf(file, origin), digest, origin),
      digest,
      sizeBytes,
      path: file,
      place,
      installed: true,
      source: origin.source,
      ...headerFacts(modelHeader(file, origin.fileName), origin.fileName),
      ...(origin.licence !== undefined && { licence: origin.licence }),
      installedAtMs: Date.now()
    }
    const replaced = (await this.#installed.list()).find(other => other.name === entry.name)
    await this.#installed.add(entry)
    if (replaced !== undefined && replaced.path !== file) await removeFiles(replaced)
    return entry
  }

  /** The first file of a model that was put under its name right before the process was killed, so that it is on no list. */
  async unlisted(digest: string): Promise<string | undefined> {
    const end = fileEndFor(digest)
    const name = (await readdir(this.#folder)).find(
      entry => entry.endsWith(`${end}.gguf`) || entry.includes(`${end}-00001-of-`)
    )
    return name === undefined ? undefined : path.join(this.#folder, name)
  }

  /** Two files of different origin may call themselves the same: the later one gets a piece of its digest. */
  async #freeName(name: string, digest: string, origin: Origin): Promise<string> {
    const other = (await this.#installed.list()).find(model => model.name === name && model.digest !== digest)
    if (other === undefined || other.source === origin.source) return name
    return cleanModelName(`${name}${name.includes(':') ? '-' : ':'}${digest.slice(0, 6)}`)
  }
}

/** Removes the files of a model, if they are ours. */
export async function removeFiles({ path: file, place }: Pick<LocalModel, 'path' | 'place'>): Promise<void> {
  if (place === 'p2pai') await Promise.all(filesOfModel(file).map(part => rm(part, { force: true })))
}

function nameOf(file: string, { name, fileName }: Origin): string {
  return cleanModelName(name ?? modelNameOf(modelHeader(file, fileName), fileName))
}
