import { AUTO_MODEL, type ModelInfo, matchesModel } from '../interface/index.ts'

/** Whether a model may answer a request for `wanted`: it is meant by it, and `auto` means chat models only. */
export function serves(wanted: string, model: Pick<ModelInfo, 'name' | 'digest' | 'features'>): boolean {
  if (wanted.trim().toLowerCase() === AUTO_MODEL) return model.features.chat
  return matchesModel(wanted, model)
}
