import {
  AUTO_MODEL,
  type ModelInfo,
  ModelNotFoundError,
  matchesModel,
  type NodeControl,
  nearestNames
} from '../interface/index.ts'

/** A model that can be asked now, wherever it is. */
export interface ReachableModel extends ModelInfo {
  /** Served by this node itself. */
  local: boolean
  /** Other peers that serve it. */
  providers: number
}

/** All models in reach, this machine's first. */
export async function reachableModels(node: NodeControl): Promise<ReachableModel[]> {
  const network = new Map((await node.models()).map(model => [model.digest, model]))
  const models = await node.engine.models()
  return models.map(model => {
    const { local = false, providers = 0 } = network.get(model.digest) ?? {}
    return { ...model, local, providers }
  })
}

/** The model of a name. Throws `ModelNotFoundError` with near names. */
export async function findModel(node: NodeControl, name: string): Promise<ReachableModel> {
  const models = await reachableModels(node)
  const found = models.find(model => model.name === name) ?? models.find(model => matchesModel(name, model))
  if (found !== undefined && name.trim().toLowerCase() !== AUTO_MODEL) return found
  const suggestions = nearestNames(
    name,
    models.map(model => model.name)
  )
  const near = suggestions.length === 0 ? '' : `; near it are ${suggestions.join(', ')}`
  throw new ModelNotFoundError(`nobody in reach serves ${JSON.stringify(name.slice(0, 128))}${near}`, {
    details: { field: 'model', suggestions }
  })
}
