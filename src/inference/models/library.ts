import { InvalidRequestError, ModelNotFoundError, nearestNames, type PullOptions } from '../../interface/index.ts'
import { builtInModel } from './built-in.ts'
import { findInCatalog } from './catalog.ts'
import { bestFit, couldFit, type Recommendation, recommendations } from './fit.ts'
import { hubCacheModels } from './hub-cache.ts'
import { removeFiles } from './install.ts'
import { InstalledModels } from './installed.ts'
import { type LocalModel, withHeaderFacts } from './local-model.ts'
import { type MachineOptions, thisMachine } from './machine.ts'
import { meansModel } from './names.ts'
import { ollamaModels } from './ollama-store.ts'
import { Puller } from './puller.ts'
import { type HubSettings, hubSettings } from './settings.ts'

/** Of other programs' models so many are served unasked, the largest: each one is read once as a whole before. */
const MAX_ELSEWHERE = 8

/** How to open a library. */
export interface ModelLibraryInit {
  /** Folder of the models; made when the first one is installed. */
  folder: string
  /** File of the model that comes with the package. @default none */
  builtIn?: string
  /** Called before anything is written, for example to make the home. */
  prepare?: () => Promise<unknown>
  /** @default the process's own */
  environment?: NodeJS.ProcessEnv
}

/** The models of this machine: those installed by p2pai, and those in the stores of ollama and the hub's tools. */
export interface ModelLibrary {
  /** Those that p2pai has installed. */
  installed(): Promise<LocalModel[]>
  /** Installed ones first. A file that is in several places is named once. */
  list(): Promise<LocalModel[]>
  /**
   * What is served when nobody names a model: those that p2pai has installed, and of the stores of other programs the
   * largest chat models that this machine has the memory for, eight at most, each with what its file tells.
   */
  servable(): Promise<LocalModel[]>
  /**
   * The model that a name or a digest prefix means, with what its file tells; undefined when there is none.
   * The built-in one comes last.
   */
  find(wanted: string): Promise<LocalModel | undefined>
  /**
   * Gets a model: a name of the catalog, `hf:owner/name[:QUANT]`, an address, or a file. One that is here already
   * is returned as it is; one of another program, also by the name that it has there, is checked and stays there. All who ask for a file share one download, in other processes too.
   * Throws `ModelNotFoundError`, `InvalidRequestError`, `RefusedError` for a gated one, `DownloadError`,
   * `DiskFullError`, `BadModelError` for a wrong digest or a file that is no model, or `AbortedError`.
   */
  pull(wanted: string, options?: PullOptions): Promise<LocalModel>
  /** The small model that comes with the package, which is no installed one; undefined when the library was given none. */
  builtIn(): Promise<LocalModel | undefined>
  /** Removes an installed model. Files of other programs stay. Throws `ModelNotFoundError` or `InvalidRequestError`. */
  remove(wanted: string): Promise<LocalModel>
  /** Removes what broken downloads have left when nobody went on with it for a week; every pull does. Returns the names. */
  tidy(): Promise<string[]>
  /** The best servable chat model that fits the memory that is free now, and is fast enough where one is. */
  best(options?: MachineOptions): Promise<LocalModel | undefined>
  /** The catalog as this machine sees it, best first. What it calls the best chat model, `best` would take. */
  recommend(options?: MachineOptions): Promise<Recommendation[]>
}

/** Opens the library of a folder. Nothing is read or written before it is asked something. */
export function modelLibrary(init: ModelLibraryInit): ModelLibrary {
  return new Library(init, hubSettings(init.environment))
}

class Library implements ModelLibrary {
  readonly #installed: InstalledModels
  readonly #settings: HubSettings
  readonly #puller: Puller
  readonly #builtIn: string | undefined

  constructor(init: ModelLibraryInit, settings: HubSettings) {
    this.#settings = settings
    this.#builtIn = init.builtIn
    this.#installed = new InstalledModels(init.folder)
    this.#puller = new Puller({
      folder: init.folder,
      settings,
      installed: this.#installed,
      prepare: init.prepare ?? (async () => undefined),
      inReach: () => this.list(),
      find: wanted => this.find(wanted)
    })
  }

  installed(): Promise<LocalModel[]> {
    return this.#installed.list()
  }

  async list(): Promise<LocalModel[]> {
    const { ollamaFolders, hubCache } = this.#settings
    const [installed, ollama, cached] = await Promise.all([
      this.#installed.list(),
      ollamaModels(ollamaFolders),
      hubCacheModels(hubCache)
    ])
    const seen = new Set<string>()
    return [...installed, ...ollama, ...cached].filter(model => {
      const key = model.digest || model.path
      return !seen.has(key) && seen.add(key)
    })
  }

  async servable(): Promise<LocalModel[]> {
    const [all, machine] = await Promise.all([this.list(), thisMachine()])
    const servable = all.filter(({ installed }) => installed)
    const mostModels = servable.length + MAX_ELSEWHERE
    const elsewhere = all.filter(model => !model.installed && couldFit(model, machine))
    for (const found of elsewhere.toSorted((a, b) => b.sizeBytes - a.sizeBytes)) {
      if (servable.length >= mostModels) break
      const model = withHeaderFacts(found)
      if (model.chat) servable.push(model)
    }
    return servable
  }

  async find(wanted: string): Promise<LocalModel | undefined> {
    const models = await this.list()
    const entry = findInCatalog(wanted)
    // What the user typed whole goes before what it could be short for; the catalog says which one a family means.
    const found =
      models.find(model => model.name === wanted.trim().toLowerCase()) ??
      models.find(model => model.name === entry?.name) ??
      models.find(model => meansModel(wanted, model))
    if (found !== undefined) return withHeaderFacts(found)
    const builtIn = await this.builtIn()
    return builtIn && meansModel(wanted, builtIn) ? builtIn : undefined
  }

  async builtIn(): Promise<LocalModel | undefined> {
    return this.#builtIn === undefined ? undefined : await builtInModel(this.#builtIn)
  }

  pull(wanted: string, options: PullOptions = {}): Promise<LocalModel> {
    return this.#puller.pull(wanted, options)
  }

  async remove(wanted: string): Promise<LocalModel> {
    const model = await this.find(wanted)
    if (model === undefined) throw await this.#unknown(wanted)
    if (model.place === 'built-in') {
      throw new InvalidRequestError(`${model.name} comes with p2pai, and cannot be removed`)
    }
    if (!model.installed) {
      const owner = model.place === 'ollama' ? `ollama; remove it with: ollama rm ${model.name}` : "the hub's own tools"
      throw new InvalidRequestError(`${model.name} is not installed by p2pai but belongs to ${owner}`)
    }
    await this.#installed.remove(model.digest)
    await removeFiles(model)
    return model
  }

  tidy(): Promise<string[]> {
    return this.#puller.tidy()
  }

  async best(options?: MachineOptions): Promise<LocalModel | undefined> {
    return bestFit(await this.servable(), await thisMachine(options))
  }

  async recommend(options?: MachineOptions): Promise<Recommendation[]> {
    return recommendations(await thisMachine(options))
  }

  async #unknown(wanted: string): Promise<ModelNotFoundError> {
    const names = (await this.#installed.list()).map(model => model.name)
    return new ModelNotFoundError(`no model ${JSON.stringify(wanted.slice(0, 80))} is installed`, {
      details: { suggestions: nearestNames(wanted, names) }
    })
  }
}
