import { existsSync } from 'node:fs'
import {
  findInCatalog,
  type LlamaEngine,
  type LlamaEngineInit,
  type LocalModel,
  llamaEngine
} from '../../inference/index.ts'
import { AUTO_MODEL, InvalidRequestError, ModelNotFoundError } from '../../interface/index.ts'
import { BUILT_IN_FILE, openLocalModels } from '../local-models.ts'
import type { DaemonOptions } from './options.ts'

/** How to open models. */
export interface OpenModelInit extends Pick<DaemonOptions, 'home' | 'context' | 'slots' | 'gpu' | 'threads' | 'log'> {
  /** Where engines keep what they find out. @default in memory */
  stateDirectory?: string
}

/**
 * The engine of a file, of a name, or for `undefined` of the best installed model. The built-in model answers when
 * nothing better is there. Throws `BadModelError`, `InvalidRequestError` or `ModelNotFoundError`.
 */
export async function openModel(model: string | undefined, init: OpenModelInit): Promise<LlamaEngine> {
  if (model === '') throw new InvalidRequestError('the model has no name', { details: { field: 'model' } })
  if (model === undefined || model === AUTO_MODEL) return openBest(init)
  if (existsSync(model)) return openFile(model, init)
  const library = openLocalModels(init.home)
  const local = await library.find(model)
  if (local?.place === 'built-in') return openBuiltIn(init)
  if (local !== undefined) return openInstalled(local, init)
  if (findInCatalog(model) !== undefined || /^hf:/i.test(model)) {
    throw new ModelNotFoundError(`${model} is not installed; get it with: p2pai models pull ${model}`)
  }
  if (/[/\\]|\.gguf$/i.test(model)) {
    throw new InvalidRequestError(`there is no file ${model}`, { details: { field: 'model' } })
  }
  const suggestions = [(await library.builtIn())?.name ?? '']
  throw new ModelNotFoundError(
    `no model ${JSON.stringify(model)}: neither a file nor installed nor ${suggestions.join(', ')}; look for one with: p2pai models recommend`,
    { details: { suggestions } }
  )
}

/** An installed model has the name that it was installed under, so that everybody who got it the same way agrees. */
export function openInstalled({ path, name }: LocalModel, init: OpenModelInit): Promise<LlamaEngine> {
  return openFile(path, init, { name })
}

async function openBest(init: OpenModelInit): Promise<LlamaEngine> {
  const best = await openLocalModels(init.home).best({ gpu: init.gpu })
  if (best !== undefined) {
    const place = best.place === 'p2pai' ? {} : { place: best.place }
    init.log?.('info', 'the best model of this machine is taken', { model: best.name, ...place })
    return openInstalled(best, init)
  }
  init.log?.('info', 'no model of this machine fits, so the small built-in one is taken', {
    better: 'p2pai models recommend'
  })
  return openBuiltIn(init)
}

function openBuiltIn(init: OpenModelInit): Promise<LlamaEngine> {
  return openFile(BUILT_IN_FILE, init, { builtIn: true })
}

function openFile(
  modelFile: string,
  { context, slots, gpu, threads, stateDirectory, log }: OpenModelInit,
  more: Pick<LlamaEngineInit, 'name' | 'builtIn'> = {}
): Promise<LlamaEngine> {
  return llamaEngine({
    modelFile,
    ...more,
    ...(context !== undefined && { contextSizeTokens: context }),
    ...(slots !== undefined && { slots }),
    ...(gpu !== undefined && { gpu }),
    ...(threads !== undefined && { threads }),
    ...(stateDirectory !== undefined && { stateDirectory }),
    ...(log && { log })
  })
}
