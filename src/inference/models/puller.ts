import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import {
  BadModelError,
  InvalidRequestError,
  ModelNotFoundError,
  type OnPullProgress,
  type PullOptions,
  type PullProgress
} from '../../interface/index.ts'
import { hashModel } from '../files/hash.ts'
import { filesOfModel, firstFileOfModel, missingFileOf, partFile } from '../files/parts.ts'
import { checkRoom, diskError } from './disk.ts'
import { downloadModel } from './download-model.ts'
import { chooseHubFile } from './hub-listing.ts'
import { Installer, type Origin } from './install.ts'
import type { InstalledModels } from './installed.ts'
import type { LocalModel } from './local-model.ts'
import { withProcessLock } from './process-lock.ts'
import { hubModel, type RemoteModel, webModel } from './remote-model.ts'
import { type HubSettings, hubHosts } from './settings.ts'
import { SharedWork } from './shared-work.ts'
import { type ModelSource, parseSource } from './source.ts'
import { removeAbandoned } from './tidy.ts'
import { modelHeader } from './verify.ts'

/** What a puller works with. */
export interface PullerInit {
  folder: string
  settings: HubSettings
  installed: InstalledModels
  prepare: () => Promise<unknown>
  /** Models that are on this machine already. */
  inReach: () => Promise<LocalModel[]>
  /** The one of them that a name means. */
  find: (wanted: string) => Promise<LocalModel | undefined>
}

/** Lock files are never removed, so there are at most 256 of them; two downloads rarely meet at one. */
const LOCK_DIGITS = 2

/** Downloads under way in this process, whichever library asked: two of them may share a folder. */
const underWay = new SharedWork<LocalModel, PullProgress>()

/** Gets models into the folder of a library. */
export class Puller {
  readonly #init: PullerInit
  readonly #installer: Installer

  constructor(init: PullerInit) {
    this.#init = init
    this.#installer = new Installer(init.folder, init.installed)
  }

  /** Gets what the user named. Throws as `ModelLibrary.pull` says. */
  async pull(wanted: string, { onProgress, signal }: PullOptions): Promise<LocalModel> {
    const source = await this.#understand(wanted)
    await this.#prepare()
    if (source.kind === 'here') return this.#adopt(source.model, onProgress, signal)
    if (source.kind === 'file') return this.#takeFile(firstFileOfModel(source.path), signal)
    const { remote, origin } = await this.#lookUp(source, signal)
    const key = createHash('sha256').update(remote.identity).digest('hex').slice(0, 32)
    const { folder } = this.#init
    return underWay.run(`${folder} ${key}`, (tell, shared) => this.#fetch(key, remote, origin, tell, shared), {
      onProgress,
      signal
    })
  }

  /**
   * What another program has under the very name, and what no catalog has but this machine, need not come from
   * anywhere.
   */
  async #understand(wanted: string): Promise<ModelSource | { kind: 'here'; model: LocalModel }> {
    const found = await this.#init.find(wanted)
    const here = found && ({ kind: 'here', model: found } as const)
    try {
      const source = parseSource(wanted, hubHosts(this.#init.settings))
      const isOfCatalog = source.kind === 'hub' && source.name !== undefined
      return here && isOfCatalog && !found.installed && found.name === wanted.trim().toLowerCase() ? here : source
    } catch (error) {
      if (here && error instanceof ModelNotFoundError) return here
      throw error
    }
  }

  /** Puts a model of this machine on the list, where it is. What another program has written is checked first. */
  async #adopt(model: LocalModel, onProgress?: OnPullProgress, signal?: AbortSignal): Promise<LocalModel> {
    if (model.installed || model.place === 'built-in') return model
    const { path: file, name, licence, source, place, sizeBytes } = model
    let doneBytes = 0
    const digest = await hashModel(file, {
      signal,
      onBytes(bytes) {
        doneBytes += bytes
        onProgress?.({ phase: 'checking', doneBytes, totalBytes: sizeBytes })
      }
    })
    if (model.digest !== '' && model.digest !== digest) {
      throw new BadModelError(
        `${name} is not what ${place} has fetched: its SHA-256 is ${digest}; nothing was installed`
      )
    }
    const origin = { source, name, licence, fileName: path.basename(file) }
    return await this.#installer.register(file, { digest, sizeBytes, origin }, place)
  }

  async #prepare(): Promise<void> {
    const { folder, prepare } = this.#init
    await prepare()
    try {
      await mkdir(this.#parts, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw diskError(error, folder)
    }
    await this.tidy()
  }

  /** Removes what broken downloads have left and nobody went on with. Returns the names of what is gone. */
  async tidy(): Promise<string[]> {
    return await removeAbandoned(this.#parts, key => this.#lockOf(key))
  }

  #lockOf(key: string): string {
    return path.join(this.#parts, `${key.slice(0, LOCK_DIGITS)}.lock`)
  }

  get #parts(): string {
    return path.join(this.#init.folder, 'parts')
  }

  async #lookUp(
    source: Exclude<ModelSource, { kind: 'file' }>,
    signal: AbortSignal | undefined
  ): Promise<{ remote: RemoteModel; origin: Origin }> {
    if (source.kind === 'url') {
      const remote = await webModel(source.url, signal)
      return { remote, origin: { source: remote.files[0]!.url.href, fileName: remote.fileName } }
    }
    const { settings } = this.#init
    const file = firstFileOfModel(source.file ?? (await chooseHubFile(source, settings, signal)))
    const remote = await hubModel({ ...source, file }, settings, signal)
    const { repository, name, licence } = source
    return { remote, origin: { source: `hf:${repository}/${file}`, name, licence, fileName: remote.fileName } }
  }

  async #fetch(
    key: string,
    remote: RemoteModel,
    origin: Origin,
    tell: OnPullProgress,
    signal: AbortSignal
  ): Promise<LocalModel> {
    const { folder } = this.#init
    const onWait = (): void => tell({ phase: 'waiting', doneBytes: 0, totalBytes: remote.sizeBytes })
    return withProcessLock(
      this.#lockOf(key),
      async () => {
        const here = await this.#alreadyHere(remote, origin, signal)
        if (here !== undefined) return here
        const { files, digest, forget } = await downloadModel(remote, folder, path.join(this.#parts, key), tell, signal)
        const model = await this.#installer.install(files, { digest, sizeBytes: remote.sizeBytes, origin })
        await forget()
        return model
      },
      { signal, onWait }
    )
  }

  /** A model with the digest that is asked for: installed, or in the store of another program. */
  async #alreadyHere(remote: RemoteModel, origin: Origin, signal: AbortSignal): Promise<LocalModel | undefined> {
    const { digest, sizeBytes } = remote
    const models = (await this.#init.inReach()).filter(model => model.sizeBytes === sizeBytes)
    // A server that names no digest is not asked again for a file of the same address and size.
    if (digest === undefined) return models.find(model => model.installed && model.source === origin.source)
    const known = models.find(model => model.digest === digest)
    if (known?.installed) return known
    const file = known?.path ?? (await this.#installer.unlisted(digest))
    // What another program has written is believed no more than what a server sends.
    if (file === undefined || missingFileOf(file) !== undefined) return undefined
    if ((await hashModel(file, { signal })) !== digest) return undefined
    return this.#installer.register(file, { digest, sizeBytes, origin }, known?.place ?? 'p2pai')
  }

  async #takeFile(file: string, signal: AbortSignal | undefined): Promise<LocalModel> {
    const absolute = path.resolve(file)
    const fileName = path.basename(absolute)
    const missing = missingFileOf(absolute)
    if (missing !== undefined) {
      throw new InvalidRequestError(`the model is not whole: ${missing} is missing`, { details: { field: 'model' } })
    }
    const files = filesOfModel(absolute)
    const sizes = await Promise.all(files.map(async part => (await stat(part)).size))
    const sizeBytes = sizes.reduce((sum, size) => sum + size, 0)
    // Before the copy, which may be long.
    modelHeader(absolute, fileName)
    const digest = await hashModel(absolute, { signal })
    const found = (await this.#init.inReach()).find(model => model.installed && model.digest === digest)
    if (found !== undefined) return found
    const { folder } = this.#init
    await checkRoom(folder, sizeBytes, fileName)
    const stem = path.join(this.#parts, `${digest.slice(0, 32)}.${process.pid}`)
    const copies =
      files.length === 1 ? [`${stem}.copy`] : files.map((_, index) => partFile(stem, index + 1, files.length))
    try {
      for (const [index, copy] of copies.entries()) {
        await copyFile(files[index]!, copy, constants.COPYFILE_FICLONE)
      }
      // The file may have changed while it was copied.
      const copied = await hashModel(copies[0]!, { signal })
      if (copied !== digest) throw new BadModelError(`${fileName} changes while it is read; nothing was installed`)
      return await this.#installer.install(copies, { digest, sizeBytes, origin: { source: absolute, fileName } })
    } catch (error) {
      throw diskError(error, folder)
    } finally {
      for (const copy of copies) await rm(copy, { force: true })
    }
  }
}
