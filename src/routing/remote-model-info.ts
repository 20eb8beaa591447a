import type { AdvertisedModel, ModelInfo } from '../interface/index.ts'

/** A provider's model as `models()` lists it. Its size on the provider's disk is not known here. */
export function remoteModelInfo(model: AdvertisedModel): ModelInfo {
  const { warm, slots: _, queued: __, waitMs: ___, ...rest } = model
  return { ...rest, state: warm ? 'warm' : 'cold', sizeBytes: 0 }
}
