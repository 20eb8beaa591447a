import type { AdvertisedModel, EngineStatus, HardwareClass, InferenceEngine, ModelInfo } from '../interface/index.ts'
import type { AdvertContent } from '../protocols/capabilities/index.ts'
import { advertisedAddresses } from './addresses.ts'

/** What this node says about itself beside its engines. */
export interface AdvertIdentity {
  peerId: string
  bootNonce: number
  hardwareClass: HardwareClass
  label: string
  addresses: () => string[]
}

/** What can be served now, read from the engines; `undefined` when that is nothing. */
export async function advertContent(
  engine: InferenceEngine,
  identity: AdvertIdentity
): Promise<AdvertContent | undefined> {
  const models = (await engine.models()).filter(model => model.state === 'warm' || model.state === 'cold')
  if (models.length === 0) return undefined
  const served = new Set(models.map(model => model.digest))
  const statuses = engine.status().filter(status => served.has(status.digest))
  const sum = (pick: (status: EngineStatus) => number) => statuses.reduce((total, status) => total + pick(status), 0)
  const total = sum(status => status.slots.total)
  const free = total - sum(status => status.slots.busy)
  return {
    peerId: identity.peerId,
    bootNonce: identity.bootNonce,
    hardwareClass: identity.hardwareClass,
    slots: { total, free },
    queued: sum(status => status.queued),
    waitMs: free > 0 || total === 0 ? 0 : Math.round(sum(status => status.queuedMs) / total),
    addresses: advertisedAddresses(identity.addresses()).slice(0, 4),
    label: identity.label,
    models: models.sort((a, b) => b.parameterCount - a.parameterCount).map(toAdvertised)
  }
}

function toAdvertised(model: ModelInfo): AdvertisedModel {
  const { state, sizeBytes: _, ...rest } = model
  return { ...rest, warm: state === 'warm' }
}
