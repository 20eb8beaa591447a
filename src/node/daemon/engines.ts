import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  engineSet,
  type LlamaEngine,
  type LlamaEngineInit,
  type LocalModel,
  llamaEngine
} from '../../inference/index.ts'
import {
  AUTO_MODEL,
  type InferenceEngine,
  InvalidRequestError,
  ModelNotFoundError,
  matchesModel,
  nearestNames
} from '../../interface/index.ts'
import { openLocalModels } from '../local-models.ts'
import type { DaemonOptions } from './options.ts'
import { openUpstream } from './upstream.ts'

/** The model that comes with the package; three folders up in `src` and in `dist` alike. */
const BUILT_IN_FILE = fileURLToPath(new URL('../../../models/p2pai-tiny.gguf', import.meta.url))

/** Which models to hold, and how. */
export interface EnginesInit
  extends Pick<DaemonOptions, 'home' | 'models' | 'noModel' | 'context' | 'slots' | 'gpu' | 'threads' | 'log'>,
    Pick<DaemonOptions, 'upstream' | 'upstreamKeyFile' | 'upstreamSlots' | 'upstreamFeatures' | 'signal'> {
  /** Where engines keep what they find out. @default in memory */
  stateDirectory?: string
}

/** What `openLocalEngine` takes. */
export type LocalEngineOptions = EnginesInit

/** The engines of one daemon. */
export interface OpenEngines {
  list: InferenceEngine[]
  /** Takes the models into memory. Throws what the first one fails with. */
  load(signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Makes an engine of every file or name; of the best installed or the built-in model when none is named. Closes all again when one fails. */
export async function openEngines(init: EnginesInit): Promise<OpenEngines> {
  const local: LlamaEngine[] = []
  const list: InferenceEngine[] = []
  const close = async (): Promise<void> => {
    await Promise.all(list.map(engine => engine.close()))
  }
  try {
    for (const model of await wantedModels(init, list)) {
      const engine = await openEngine(model, init)
      // Two names of one model would answer from one file with twice the memory.
      if (local.some(other => other.info.digest === engine.info.digest)) await engine.close()
      else {
        list.push(engine)
        local.push(engine)
      }
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    list,
    async load(signal) {
      for (const engine of local) await engine.load(signal)
    },
    close
  }
}

/**
 * An engine in this process for somebody who wants no network: the given files or names, else the best installed
 * model, else the built-in one.
 * Throws `BadModelError`, or `ModelNotFoundError` for a name that is not known.
 */
export async function openLocalEngine(init: LocalEngineOptions = {}): Promise<InferenceEngine> {
  return engineSet((await openEngines(init)).list)
}

/** The models to be opened here; `undefined` is the best there is. An upstream server, if any, is opened into `list` first. */
async function wantedModels(init: EnginesInit, list: InferenceEngine[]): Promise<(string | undefined)[]> {
  const { models = [], noModel, upstream, signal } = init
  if (upstream !== undefined) {
    const { engine, localModels } = await openUpstream(upstream, init, signal)
    list.push(engine)
    return localModels
  }
  if (noModel) return []
  return models.length === 0 ? [undefined] : models
}

/**
 * The engine of a file, of a name, or for `undefined` of the best installed model. The built-in model answers when
 * nothing better is there.
 */
async function openEngine(model: string | undefined, init: EnginesInit): Promise<LlamaEngine> {
  if (model === '') throw new InvalidRequestError('the model has no name', { details: { field: 'model' } })
  if (model === undefined || model === AUTO_MODEL) return openBest(init)
  if (existsSync(model)) return llamaEngine(engineInit(model, init))
  const local = await openLocalModels(init.home).find(model)
  if (local !== undefined) return openLocal(local, init)
  if (/[/\\]|\.gguf$/i.test(model)) {
    throw new InvalidRequestError(`there is no file ${model}`, { details: { field: 'model' } })
  }
  const builtIn = await openBuiltIn(init)
  if (matchesModel(model, builtIn.info)) return builtIn
  const suggestions = nearestNames(model, [builtIn.info.name])
  await builtIn.close()
  throw new ModelNotFoundError(
    `no model ${JSON.stringify(model)}: neither a file nor installed nor ${suggestions.join(', ')}; look for one with: p2pai models recommend`,
    { details: { suggestions } }
  )
}

async function openBest(init: EnginesInit): Promise<LlamaEngine> {
  const best = await openLocalModels(init.home).best()
  if (best !== undefined) {
    init.log?.('info', 'the best installed model is taken', { model: best.name })
    return openLocal(best, init)
  }
  init.log?.('info', 'no installed model fits, so the small built-in one is taken', {
    better: 'p2pai models recommend'
  })
  return openBuiltIn(init)
}

/** An installed model has the name that it was installed under, so that everybody who got it the same way agrees. */
function openLocal({ path, name }: LocalModel, init: EnginesInit): Promise<LlamaEngine> {
  return llamaEngine({ ...engineInit(path, init), name })
}

function openBuiltIn(init: EnginesInit): Promise<LlamaEngine> {
  return llamaEngine({ ...engineInit(BUILT_IN_FILE, init), builtIn: true })
}

function engineInit(modelFile: string, init: EnginesInit): LlamaEngineInit {
  const { context, slots, gpu, threads, stateDirectory, log } = init
  return {
    modelFile,
    ...(context !== undefined && { contextSizeTokens: context }),
    ...(slots !== undefined && { slots }),
    ...(gpu !== undefined && { gpu }),
    ...(threads !== undefined && { threads }),
    ...(stateDirectory !== undefined && { stateDirectory }),
    ...(log && { log })
  }
}
