import type {
  Advert,
  AdvertisedModel,
  EngineStatus,
  HardwareClass,
  InferenceEngine,
  ModelInfo
} from '../interface/index.ts'
import type { AdvertContent } from '../protocols/capabilities/index.ts'
import { advertisedAddresses } from './addresses.ts'
import type { DeviceState } from './device/index.ts'

/** What this node says about itself beside its engines. */
export interface AdvertIdentity {
  peerId: string
  bootNonce: number
  hardwareClass: HardwareClass
  label: string
  addresses: () => string[]
  /** What is true of the machine now, its price too. */
  device: () => DeviceFacts
  /** Whether it works for others now. */
  isSharing: () => boolean
}

/** What an advert says of a machine beside its models. */
export type DeviceFacts = Pick<
  Advert,
  'thermal' | 'batteryPercent' | 'isMetered' | 'freeMemoryBytes' | 'pricePerKiloToken'
>

/** What others may know of the machine. */
export function deviceFacts({ isOwnerActive: _private, ...known }: DeviceState, pricePerKiloToken = 0): DeviceFacts {
  return { ...known, ...(pricePerKiloToken > 0 && { pricePerKiloToken }) }
}

/** What can be served now, read from the engines; `undefined` when that is nothing. */
export async function advertContent(
  engine: InferenceEngine,
  identity: AdvertIdentity
): Promise<AdvertContent | undefined> {
  const models = (await engine.models()).filter(model => model.state === 'warm' || model.state === 'cold')
  if (models.length === 0) return undefined
  const statuses = new Map(engine.status().map(status => [status.digest, status]))
  return {
    peerId: identity.peerId,
    bootNonce: identity.bootNonce,
    hardwareClass: identity.hardwareClass,
    addresses: advertisedAddresses(identity.addresses()).slice(0, 4),
    label: identity.label,
    ...identity.device(),
    models: models
      .sort((a, b) => b.parameterCount - a.parameterCount)
      .map(model => toAdvertised(model, statuses.get(model.digest)))
      // Its models stay known, so that it is asked again when it may work.
      .map(model => (identity.isSharing() ? model : { ...model, slots: { total: 0, free: 0 } }))
  }
}

function toAdvertised(model: ModelInfo, status: EngineStatus | undefined): AdvertisedModel {
  const { state, sizeBytes: _, ...rest } = model
  const total = status?.slots.total ?? 0
  const free = Math.max(0, total - (status?.slots.busy ?? 0))
  const waitMs = free > 0 || total === 0 ? 0 : (status?.waitMs ?? Math.round((status?.queuedMs ?? 0) / total))
  return { ...rest, warm: state === 'warm', slots: { total, free }, queued: status?.queued ?? 0, waitMs }
}
