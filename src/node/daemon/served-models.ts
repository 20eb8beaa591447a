import { stat } from 'node:fs/promises'
import path from 'node:path'
import { type LocalModel, type ModelLibrary, ModelManager } from '../../inference/index.ts'
import {
  BusyError,
  type InferenceEngine,
  type ManagedModel,
  type ModelControl,
  ModelNotFoundError,
  matchesModel,
  nearestNames,
  toP2paiError
} from '../../interface/index.ts'
import { homePaths } from '../home/paths.ts'
import { openLocalModels } from '../local-models.ts'
import { type OpenModelInit, openInstalled, openModel } from './open-model.ts'
import type { DaemonOptions } from './options.ts'

/** How often the list of installed models is looked at for what other processes have done. */
const WATCH_MS = 2000

/** Which models a daemon serves. */
export interface ServedModelsInit extends OpenModelInit, Pick<DaemonOptions, 'keepAliveMs'> {
  /** Everything that is installed, now and later; else only what `open` is given. */
  isOpen: boolean
}

/** The models that a daemon serves: those that were named, or all that are installed. */
export class ServedModels {
  readonly #init: ServedModelsInit
  readonly #manager: ModelManager
  readonly #library: ModelLibrary
  readonly #index: string
  #timer: NodeJS.Timeout | undefined
  /** What the list was like when it was looked at; undefined before that. */
  #seen: string | undefined
  #closed = false
  /** Changes go one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(init: ServedModelsInit) {
    const { home, keepAliveMs, log } = init
    this.#init = init
    this.#manager = new ModelManager({ ...(keepAliveMs !== undefined && { keepAliveMs }), ...(log && { log }) })
    this.#library = openLocalModels(home)
    this.#index = path.join(homePaths(home).home, 'models', 'index.json')
  }

  /** All of them as one. */
  get engine(): InferenceEngine {
    return this.#manager.engine
  }

  /** For the gateway and the control socket. */
  readonly control: ModelControl = {
    pull: async (wanted, options) => {
      const model = await this.#library.pull(wanted, options)
      await this.refresh()
      return factsOf(model)
    },
    remove: async wanted => {
      const model = await this.#library.remove(wanted)
      await this.#manager.remove(model.digest)
      return factsOf(model)
    },
    unload: async wanted => await this.#unload(wanted),
    refresh: () => this.refresh()
  }

  /**
   * Takes models into memory: files or names, or the best one when there are none. Of several, those that do not fit
   * beside the first stay cold until they are asked for. Throws what opening or loading fails with.
   */
  async open(named: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    for (const model of named.length === 0 ? [undefined] : named) {
      const engine = await openModel(model, this.#init)
      // Two names of one model would answer from one file with twice the memory.
      if (!this.#manager.add(engine)) await engine.close()
    }
    const [first, ...others] = this.#manager.digests
    if (first !== undefined) await this.#manager.load(first, signal)
    for (const digest of others) await this.#manager.loadBeside(digest, signal)
  }

  /** Serves what else is installed, from now on. Returns at once: a file that was never seen is tried out first. */
  watch(): void {
    this.#tidy()
    if (!this.#init.isOpen || this.#closed) return
    const look = (): void => {
      this.#refreshIfChanged().catch(error =>
        this.#init.log?.('warn', 'the list of models cannot be read', { error: toP2paiError(error).message })
      )
    }
    this.#timer = setInterval(look, WATCH_MS).unref()
    look()
  }

  /** Takes in what was installed, and lets go what was removed. */
  async refresh(): Promise<void> {
    if (!this.#init.isOpen) return
    const done = this.#turn.then(() => this.#refresh())
    this.#turn = done.catch(() => undefined)
    await done
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#manager.close()
  }

  #tidy(): void {
    const { log } = this.#init
    this.#library.tidy().then(
      removed => removed.length > 0 && log?.('info', 'abandoned downloads removed', { files: removed.length }),
      error => log?.('warn', 'abandoned downloads not removed', { error: toP2paiError(error).message })
    )
  }

  async #refreshIfChanged(): Promise<void> {
    const seen = await stat(this.#index).then(
      found => `${found.ino} ${found.mtimeMs} ${found.size}`,
      // There is no list before the first model is installed.
      () => ''
    )
    if (seen === this.#seen) return
    this.#seen = seen
    await this.refresh()
  }

  #known = new Map<string, LocalModel>()

  async #refresh(): Promise<void> {
    const servable = new Map((await this.#library.servable()).map(model => [model.digest || model.path, model]))
    for (const [key, { digest }] of this.#known) {
      if (servable.has(key)) continue
      this.#known.delete(key)
      await this.#manager.remove(digest)
    }
    for (const [key, model] of servable) {
      if (this.#closed) return
      if (!this.#known.has(key)) await this.#takeIn(key, model)
    }
  }

  /** A model that cannot be served is said and left out; the others are. */
  async #takeIn(key: string, model: LocalModel): Promise<void> {
    this.#known.set(key, model)
    if (this.#manager.digests.includes(model.digest)) return
    try {
      const engine = await openInstalled(model, this.#init)
      const fits = this.#manager.usesGpu || (await engine.contextRoom(Number.POSITIVE_INFINITY)) > 0
      if (fits && !this.#closed && this.#manager.add(engine)) {
        if (!model.installed) this.#init.log?.('info', 'model:shared', { model: model.name, place: model.place })
        return
      }
      await engine.close()
      if (!fits) this.#init.log?.('warn', 'model:too-large', { model: model.name, sizeBytes: model.sizeBytes })
    } catch (error) {
      const { code, message, retryable } = toP2paiError(error)
      // What may pass is tried again when the list of models changes next.
      if (retryable) this.#known.delete(key)
      this.#init.log?.('warn', 'model:not-served', { model: model.name, code, reason: message })
    }
  }

  async #unload(wanted: string): Promise<ManagedModel> {
    const models = await this.#manager.engine.models()
    const model = models.find(other => other.name === wanted) ?? models.find(other => matchesModel(wanted, other))
    if (model === undefined || wanted.trim() === '') {
      const suggestions = nearestNames(
        wanted,
        models.map(({ name }) => name)
      )
      throw new ModelNotFoundError(`no model ${JSON.stringify(wanted.slice(0, 80))} is served here`, {
        details: { suggestions }
      })
    }
    if (await this.#manager.unload(model.digest)) return factsOf(model)
    throw new BusyError(`${model.name} is at work; it is unloaded when it was idle for a while`)
  }
}

function factsOf({ name, digest, sizeBytes }: ManagedModel): ManagedModel {
  return { name, digest, sizeBytes }
}
