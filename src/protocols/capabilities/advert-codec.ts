import { multiaddr } from '@multiformats/multiaddr'
import {
  type Advert,
  type AdvertisedModel,
  type HardwareClass,
  type ModelFeatures,
  ProtocolError,
  type ThermalState
} from '../../interface/index.ts'
import { digestFromBytes, digestToBytes } from '../hex.ts'
import * as pb from './capabilities.pb.ts'
import { MAX_ADVERT_ADDRESSES, MAX_ADVERT_MODELS, MAX_LABEL_LENGTH, MAX_TTL_MS } from './constants.ts'

const CLASSES: Record<HardwareClass, number> = { desktop: 0, server: 1, laptop: 2, phone: 3, browser: 4 }
/** Numbers of `thermal`; 0 is not known. */
const THERMALS: ThermalState[] = ['nominal', 'fair', 'serious', 'critical']
/** Bits of `features`, in the order of `spec/capabilities.md`. */
const FEATURE_BITS = [
  'chat',
  'schema',
  'tools',
  'resume',
  'embeddings',
  'rerank',
  'images',
  'thoughts',
  'score'
] as const
/** C0, DEL and C1 controls, line separators, and everything that turns the direction of text. */
const UNSAFE_TEXT = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

/** The payload of an advert's envelope. The peer id is not in it: the envelope's key says who speaks. */
export function encodeAdvert(advert: Advert): Uint8Array {
  return pb.Advert.encode({
    sequence: BigInt(advert.sequence),
    issuedAtMs: BigInt(advert.issuedAtMs),
    ttlMs: advert.ttlMs,
    bootNonce: advert.bootNonce,
    hardwareClass: CLASSES[advert.hardwareClass],
    addresses: advert.addresses.slice(0, MAX_ADVERT_ADDRESSES).map(address => new Uint8Array(multiaddr(address).bytes)),
    label: advert.label,
    models: advert.models.slice(0, MAX_ADVERT_MODELS).map(encodeModel),
    pricePerKiloToken: advert.pricePerKiloToken ?? 0,
    thermal: advert.thermal === undefined ? 0 : THERMALS.indexOf(advert.thermal) + 1,
    ...(advert.batteryPercent !== undefined && { batteryPercent: Math.round(advert.batteryPercent) }),
    metered: advert.isMetered ?? false,
    freeMemoryMib: Math.floor((advert.freeMemoryBytes ?? 0) / (1 << 20))
  })
}

/** Reads a payload. Throws `ProtocolError` for anything that an honest peer of this version would not have made. */
export function decodeAdvert(bytes: Uint8Array, peerId: string): Advert {
  let raw: pb.Advert
  try {
    raw = pb.Advert.decode(bytes)
  } catch (error) {
    throw new ProtocolError('an advert is not a message of this protocol', { cause: error })
  }
  if (raw.ttlMs > MAX_TTL_MS) throw new ProtocolError(`an advert wants to live ${raw.ttlMs} ms`)
  return {
    peerId,
    sequence: safe(raw.sequence),
    issuedAtMs: safe(raw.issuedAtMs),
    ttlMs: raw.ttlMs,
    bootNonce: raw.bootNonce,
    hardwareClass:
      (Object.keys(CLASSES) as HardwareClass[]).find(key => CLASSES[key] === raw.hardwareClass) ?? 'desktop',
    addresses: raw.addresses.map(decodeAddress),
    label: text(raw.label, MAX_LABEL_LENGTH, true),
    models: raw.models.map(decodeModel),
    ...decodeDevice(raw)
  }
}

/** What the device says of itself; what it does not say stays out. */
function decodeDevice(raw: pb.Advert): Partial<Advert> {
  const thermal = THERMALS[raw.thermal - 1]
  return {
    ...(raw.pricePerKiloToken > 0 && { pricePerKiloToken: raw.pricePerKiloToken }),
    ...(thermal && { thermal }),
    ...(raw.batteryPercent !== undefined && { batteryPercent: Math.min(100, raw.batteryPercent) }),
    ...(raw.metered && { isMetered: true }),
    ...(raw.freeMemoryMib > 0 && { freeMemoryBytes: raw.freeMemoryMib * (1 << 20) })
  }
}

function encodeModel(model: AdvertisedModel): pb.Model {
  return {
    name: model.name,
    digest: digestToBytes(model.digest),
    warm: model.warm,
    builtIn: model.builtIn,
    contextSizeTokens: model.contextSizeTokens,
    parameterCount: BigInt(model.parameterCount),
    quantization: model.quantization,
    features: FEATURE_BITS.reduce((bits, name, index) => bits | (model.features[name] ? 1 << index : 0), 0),
    logprobs: model.features.logprobs,
    prefillTokensPerSecond: model.prefillTokensPerSecond,
    decodeTokensPerSecond: model.decodeTokensPerSecond,
    loadMs: Math.round(model.loadMs),
    slotsTotal: model.slots.total,
    slotsFree: model.slots.free,
    queued: model.queued,
    waitMs: Math.round(model.waitMs)
  }
}

function decodeModel(raw: pb.Model): AdvertisedModel {
  const digest = digestFromBytes(raw.digest)
  if (digest === '') throw new ProtocolError('an advertised model has no digest')
  const flags = FEATURE_BITS.map((name, index) => [name, (raw.features & (1 << index)) !== 0])
  return {
    name: text(raw.name, 128, false),
    digest,
    warm: raw.warm,
    builtIn: raw.builtIn,
    contextSizeTokens: raw.contextSizeTokens,
    parameterCount: safe(raw.parameterCount),
    quantization: text(raw.quantization, 32, true),
    features: { ...(Object.fromEntries(flags) as Omit<ModelFeatures, 'logprobs'>), logprobs: raw.logprobs },
    prefillTokensPerSecond: speed(raw.prefillTokensPerSecond),
    decodeTokensPerSecond: speed(raw.decodeTokensPerSecond),
    loadMs: raw.loadMs,
    slots: { total: raw.slotsTotal, free: Math.min(raw.slotsFree, raw.slotsTotal) },
    queued: raw.queued,
    waitMs: raw.waitMs
  }
}

function decodeAddress(bytes: Uint8Array): string {
  try {
    return multiaddr(bytes).toString()
  } catch (error) {
    throw new ProtocolError('an advert has an address that is none', { cause: error })
  }
}

/** Whether a name or label may stand in an advert: not too long, and nothing that moves a terminal. */
export function isAdvertText(value: string, maxLength: number): boolean {
  return value.length <= maxLength && !UNSAFE_TEXT.test(value)
}

function text(value: string, maxLength: number, mayBeEmpty: boolean): string {
  if (!isAdvertText(value, maxLength) || (value === '' && !mayBeEmpty)) {
    throw new ProtocolError('an advert has a name that is empty, too long or not printable')
  }
  return value
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ProtocolError(`an advert has the number ${value}`)
  return Number(value)
}

function speed(value: number): number {
  return Number.isFinite(value) && value >= 0 ? value : 0
}
