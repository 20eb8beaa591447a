import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { BadModelError, type OnPullProgress, type PullOptions, type PullProgress } from '../../interface/index.ts'
import { cleanModelName, modelNameOf } from '../llama/model-name.ts'
import { checkRoom, diskError } from './disk.ts'
import { download } from './download.ts'
import { chooseHubFile } from './hub-listing.ts'
import type { InstalledModels } from './installed.ts'
import { headerFacts, type LocalModel } from './local-model.ts'
import { fileEndFor, fileNameFor } from './names.ts'
import { withProcessLock } from './process-lock.ts'
import { hubFile, type RemoteFile, webFile } from './remote-file.ts'
import { syncFolder } from './replace-file.ts'
import { type HubSettings, hubHosts } from './settings.ts'
import { SharedWork } from './shared-work.ts'
import { type ModelSource, parseSource } from './source.ts'
import { hashFile, modelHeader } from './verify.ts'

/** What a puller works with. */
export interface PullerInit {
  folder: string
  settings: HubSettings
  installed: InstalledModels
  prepare: () => Promise<unknown>
  /** Models that are on this machine already. */
  inReach: () => Promise<LocalModel[]>
}

/** Where a file came from, for the list of models. */
interface Origin {
  source: string
  name?: string | undefined
  licence?: string | undefined
  fileName: string
}

/** Lock files are never removed, so there are at most 256 of them; two downloads rarely meet at one. */
const LOCK_DIGITS = 2

/** Downloads under way in this process, whichever library asked: two of them may share a folder. */
const underWay = new SharedWork<LocalModel, PullProgress>()

/** Gets models into the folder of a library. */
export class Puller {
  readonly #init: PullerInit

  constructor(init: PullerInit) {
    this.#init = init
  }

  /** Gets what the user named. Throws as `ModelLibrary.pull` says. */
  async pull(wanted: string, { onProgress, signal }: PullOptions): Promise<LocalModel> {
    const source = parseSource(wanted, hubHosts(this.#init.settings))
    await this.#prepare()
    if (source.kind === 'file') return this.#takeFile(source.path, signal)
    const { remote, origin } = await this.#lookUp(source, signal)
    const key = createHash('sha256').update(remote.identity).digest('hex').slice(0, 32)
    const { folder } = this.#init
    return underWay.run(`${folder} ${key}`, (tell, shared) => this.#fetch(key, remote, origin, tell, shared), {
      onProgress,
      signal
    })
  }

  async #prepare(): Promise<void> {
    const { folder, prepare } = this.#init
    await prepare()
    try {
      await mkdir(this.#parts, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw diskError(error, folder)
    }
  }

  get #parts(): string {
    return path.join(this.#init.folder, 'parts')
  }

  async #lookUp(
    source: Exclude<ModelSource, { kind: 'file' }>,
    signal: AbortSignal | undefined
  ): Promise<{ remote: RemoteFile; origin: Origin }> {
    if (source.kind === 'url') {
      const remote = await webFile(source.url, signal)
      return { remote, origin: { source: source.url.href, fileName: remote.fileName } }
    }
    const { settings } = this.#init
    const file = source.file ?? (await chooseHubFile(source, settings, signal))
    const remote = await hubFile({ ...source, file }, settings, signal)
    const { repository, name, licence } = source
    return { remote, origin: { source: `hf:${repository}/${file}`, name, licence, fileName: remote.fileName } }
  }

  async #fetch(
    key: string,
    remote: RemoteFile,
    origin: Origin,
    tell: OnPullProgress,
    signal: AbortSignal
  ): Promise<LocalModel> {
    const base = path.join(this.#parts, key)
    const onWait = (): void => tell({ phase: 'waiting', doneBytes: 0, totalBytes: remote.sizeBytes })
    return withProcessLock(
      path.join(this.#parts, `${key.slice(0, LOCK_DIGITS)}.lock`),
      async () => {
        const here = await this.#alreadyHere(remote, origin, signal)
        if (here !== undefined) return here
        const { folder } = this.#init
        const fetched = await download(remote, folder, base, tell, signal)
        const model = await this.#install(fetched.path, fetched.digest, remote.sizeBytes, origin)
        await fetched.forget()
        return model
      },
      { signal, onWait }
    )
  }

  /** A file with the digest that is asked for: installed, or in the store of another program. */
  async #alreadyHere(remote: RemoteFile, origin: Origin, signal: AbortSignal): Promise<LocalModel | undefined> {
    const { digest, sizeBytes } = remote
    const models = (await this.#init.inReach()).filter(model => model.sizeBytes === sizeBytes)
    // A server that names no digest is not asked again for a file of the same address and size.
    if (digest === undefined) return models.find(model => model.installed && model.source === origin.source)
    const known = models.find(model => model.digest === digest)
    if (known?.installed) return known
    const found = known ?? (await this.#unlisted(digest))
    if (found === undefined) return undefined
    // What another program has written is believed no more than what a server sends.
    if ((await hashFile(found.path, { signal })) !== digest) return undefined
    return this.#register(found.path, digest, sizeBytes, origin, found.place)
  }

  /** A file that was put under its name right before the process was killed, so that it is on no list. */
  async #unlisted(digest: string): Promise<Pick<LocalModel, 'path' | 'place'> | undefined> {
    const { folder } = this.#init
    const name = (await readdir(folder)).find(entry => entry.endsWith(fileEndFor(digest)))
    return name === undefined ? undefined : { path: path.join(folder, name), place: 'p2pai' }
  }

  async #takeFile(file: string, signal: AbortSignal | undefined): Promise<LocalModel> {
    const absolute = path.resolve(file)
    const fileName = path.basename(absolute)
    const { size } = await stat(absolute)
    // Before the copy, which may be long.
    modelHeader(absolute, fileName)
    const digest = await hashFile(absolute, { signal })
    const found = (await this.#init.inReach()).find(model => model.installed && model.digest === digest)
    if (found !== undefined) return found
    const { folder } = this.#init
    await checkRoom(folder, size, fileName)
    const copy = path.join(this.#parts, `${digest.slice(0, 32)}.${process.pid}.copy`)
    try {
      await copyFile(absolute, copy, constants.COPYFILE_FICLONE)
      // The file may have changed while it was copied.
      const copied = await hashFile(copy, { signal })
      if (copied !== digest) throw new BadModelError(`${fileName} changes while it is read; nothing was installed`)
      return await this.#install(copy, digest, size, { source: absolute, fileName })
    } catch (error) {
      throw diskError(error, folder)
    } finally {
      await rm(copy, { force: true })
    }
  }

  /** Puts a whole, checked file under its name. A file that is no model is removed. */
  async #install(file: string, digest: string, sizeBytes: number, origin: Origin): Promise<LocalModel> {
    try {
      modelHeader(file, origin.fileName)
    } catch (error) {
      await rm(file, { force: true })
      throw error
    }
    const { folder } = this.#init
    const target = path.join(folder, fileNameFor(this.#nameOf(file, origin), digest))
    await rename(file, target)
    await syncFolder(folder)
    return this.#register(target, digest, sizeBytes, origin, 'p2pai')
  }

  async #register(
    file: string,
    digest: string,
    sizeBytes: number,
    origin: Origin,
    place: LocalModel['place']
  ): Promise<LocalModel> {
    const model: LocalModel = {
      name: await this.#freeName(this.#nameOf(file, origin), digest, origin),
      digest,
      sizeBytes,
      path: file,
      place,
      installed: true,
      source: origin.source,
      licence: origin.licence ?? '',
      ...headerFacts(modelHeader(file, origin.fileName), origin.fileName),
      installedAtMs: Date.now()
    }
    const replaced = (await this.#init.installed.list()).find(other => other.name === model.name)
    await this.#init.installed.add(model)
    if (replaced?.place === 'p2pai' && replaced.path !== file) await rm(replaced.path, { force: true })
    return model
  }

  /** Two files of different origin may call themselves the same: the later one gets a piece of its digest. */
  async #freeName(name: string, digest: string, origin: Origin): Promise<string> {
    const other = (await this.#init.installed.list()).find(model => model.name === name && model.digest !== digest)
    if (other === undefined || other.source === origin.source) return name
    return cleanModelName(`${name}${name.includes(':') ? '-' : ':'}${digest.slice(0, 6)}`)
  }

  #nameOf(file: string, { name, fileName }: Origin): string {
    return cleanModelName(name ?? modelNameOf(modelHeader(file, fileName), fileName))
  }
}
