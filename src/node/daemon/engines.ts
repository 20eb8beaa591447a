import { engineSet } from '../../inference/index.ts'
import type { InferenceEngine, ModelControl } from '../../interface/index.ts'
import { type OpenModelInit, openModel } from './open-model.ts'
import type { DaemonOptions } from './options.ts'
import { ServedModels } from './served-models.ts'
import { openUpstream } from './upstream.ts'

/** Which models to hold, and how. */
export interface EnginesInit
  extends OpenModelInit,
    Pick<DaemonOptions, 'models' | 'noModel' | 'keepAliveMs' | 'signal'>,
    Pick<DaemonOptions, 'upstream' | 'upstreamKeyFile' | 'upstreamSlots' | 'upstreamFeatures'> {}

/** What `openLocalEngine` takes. */
export type LocalEngineOptions = OpenModelInit & Pick<DaemonOptions, 'models'>

/** The engines of one daemon. */
export interface OpenEngines {
  list: InferenceEngine[]
  control: ModelControl
  /** Serves what else is installed, and what will be. Returns at once. */
  watch(): void
  close(): Promise<void>
}

/**
 * Takes the named models into memory, or the best installed or the built-in one when none is named; an upstream
 * server's models are served in their place. Closes all again when one fails, and throws why.
 */
export async function openEngines(init: EnginesInit): Promise<OpenEngines> {
  const { models = [], noModel, upstream, signal } = init
  const server = upstream === undefined ? undefined : await openUpstream(upstream, init, signal)
  const named = server?.localModels ?? models
  const served = new ServedModels({ ...init, isOpen: server === undefined && !noModel && named.length === 0 })
  const close = async (): Promise<void> => {
    await Promise.all([server?.engine.close(), served.close()])
  }
  try {
    if (!noModel && (server === undefined || named.length > 0)) await served.open(named, signal)
  } catch (error) {
    await close()
    throw error
  }
  return {
    list: [...(server === undefined ? [] : [server.engine]), served.engine],
    control: served.control,
    watch: () => served.watch(),
    close
  }
}

/**
 * An engine in this process for somebody who wants no network: the given files or names, else the best installed
 * model, else the built-in one.
 * Throws `BadModelError`, or `ModelNotFoundError` for a name that is not known.
 */
export async function openLocalEngine({ models = [], ...init }: LocalEngineOptions = {}): Promise<InferenceEngine> {
  const set = engineSet()
  try {
    for (const model of models.length === 0 ? [undefined] : models) set.add(await openModel(model, init))
    return set
  } catch (error) {
    await set.close()
    throw error
  }
}
