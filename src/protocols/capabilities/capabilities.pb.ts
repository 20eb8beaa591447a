import { decodeMessage, encodeMessage, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Advert {
  sequence: bigint
  issuedAtMs: bigint
  ttlMs: number
  bootNonce: number
  hardwareClass: number
  addresses: Uint8Array<ArrayBuffer>[]
  label: string
  models: Model[]
  pricePerKiloToken: number
  thermal: number
  batteryPercent?: number
  metered: boolean
  freeMemoryMib: number
}

export namespace Advert {
  let _codec: Codec<Advert>

  export const codec = (): Codec<Advert> => {
    if (_codec == null) {
      _codec = message<Advert>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.sequence != null && obj.sequence !== 0n)) {
          w.uint32(8)
          w.uint64(obj.sequence)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0n)) {
          w.uint32(16)
          w.uint64(obj.issuedAtMs)
        }

        if ((obj.ttlMs != null && obj.ttlMs !== 0)) {
          w.uint32(24)
          w.uint32(obj.ttlMs)
        }

        if ((obj.bootNonce != null && obj.bootNonce !== 0)) {
          w.uint32(32)
          w.uint32(obj.bootNonce)
        }

        if ((obj.hardwareClass != null && obj.hardwareClass !== 0)) {
          w.uint32(40)
          w.uint32(obj.hardwareClass)
        }

        if (obj.addresses != null && obj.addresses.length > 0) {
          for (const value of obj.addresses) {
            w.uint32(50)
            w.bytes(value)
          }
        }

        if ((obj.label != null && obj.label !== '')) {
          w.uint32(58)
          w.string(obj.label)
        }

        if (obj.models != null && obj.models.length > 0) {
          for (const value of obj.models) {
            w.uint32(66)
            Model.codec().encode(value, w)
          }
        }

        if ((obj.pricePerKiloToken != null && obj.pricePerKiloToken !== 0)) {
          w.uint32(72)
          w.uint32(obj.pricePerKiloToken)
        }

        if ((obj.thermal != null && obj.thermal !== 0)) {
          w.uint32(80)
          w.uint32(obj.thermal)
        }

        if (obj.batteryPercent != null) {
          w.uint32(88)
          w.uint32(obj.batteryPercent)
        }

        if ((obj.metered != null && obj.metered !== false)) {
          w.uint32(96)
          w.bool(obj.metered)
        }

        if ((obj.freeMemoryMib != null && obj.freeMemoryMib !== 0)) {
          w.uint32(104)
          w.uint32(obj.freeMemoryMib)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          sequence: 0n,
          issuedAtMs: 0n,
          ttlMs: 0,
          bootNonce: 0,
          hardwareClass: 0,
          addresses: [],
          label: '',
          models: [],
          pricePerKiloToken: 0,
          thermal: 0,
          metered: false,
          freeMemoryMib: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.sequence = reader.uint64()
              break
            }
            case 2: {
              obj.issuedAtMs = reader.uint64()
              break
            }
            case 3: {
              obj.ttlMs = reader.uint32()
              break
            }
            case 4: {
              obj.bootNonce = reader.uint32()
              break
            }
            case 5: {
              obj.hardwareClass = reader.uint32()
              break
            }
            case 6: {
              if (opts.limits?.addresses != null && obj.addresses.length === opts.limits.addresses) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses.length === 4) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              obj.addresses.push(reader.bytes())
              break
            }
            case 7: {
              obj.label = reader.string()
              break
            }
            case 8: {
              if (opts.limits?.models != null && obj.models.length === opts.limits.models) {
                throw new MaxLengthError('Decode error - repeated field "models" had too many elements')
              }

              if (obj.models.length === 32) {
                throw new MaxLengthError('Decode error - repeated field "models" had too many elements')
              }

              obj.models.push(Model.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.models$
              }))
              break
            }
            case 9: {
              obj.pricePerKiloToken = reader.uint32()
              break
            }
            case 10: {
              obj.thermal = reader.uint32()
              break
            }
            case 11: {
              obj.batteryPercent = reader.uint32()
              break
            }
            case 12: {
              obj.metered = reader.bool()
              break
            }
            case 13: {
              obj.freeMemoryMib = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          addresses: 4,
          models: 32
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.sequence`,
                value: reader.uint64()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.ttlMs`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.bootNonce`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.hardwareClass`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              if (opts.limits?.addresses != null && obj.addresses === opts.limits.addresses) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses === 4) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              yield {
                field: `${prefix}.addresses[]`,
                index: obj.addresses,
                value: reader.bytes()
              }

              obj.addresses++

              break
            }
            case 7: {
              yield {
                field: `${prefix}.label`,
                value: reader.string()
              }
              break
            }
            case 8: {
              if (opts.limits?.models != null && obj.models === opts.limits.models) {
                throw new MaxLengthError('Streaming decode error - repeated field "models" had too many elements')
              }

              if (obj.models === 32) {
                throw new MaxLengthError('Streaming decode error - repeated field "models" had too many elements')
              }

              for (const evt of Model.codec().stream(reader, reader.uint32(), `${prefix}.models[]`, {
                limits: opts.limits?.models$
              })) {
                yield {
                  ...evt,
                  index: obj.models
                }
              }

              obj.models++

              break
            }
            case 9: {
              yield {
                field: `${prefix}.pricePerKiloToken`,
                value: reader.uint32()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.thermal`,
                value: reader.uint32()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.batteryPercent`,
                value: reader.uint32()
              }
              break
            }
            case 12: {
              yield {
                field: `${prefix}.metered`,
                value: reader.bool()
              }
              break
            }
            case 13: {
              yield {
                field: `${prefix}.freeMemoryMib`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AdvertSequenceFieldEvent {
    field: '$.sequence'
    value: bigint
  }

  export interface AdvertIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: bigint
  }

  export interface AdvertTtlMsFieldEvent {
    field: '$.ttlMs'
    value: number
  }

  export interface AdvertBootNonceFieldEvent {
    field: '$.bootNonce'
    value: number
  }

  export interface AdvertHardwareClassFieldEvent {
    field: '$.hardwareClass'
    value: number
  }

  export interface AdvertAddressesFieldEvent {
    field: '$.addresses[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface AdvertLabelFieldEvent {
    field: '$.label'
    value: string
  }

  export interface AdvertModelsNameFieldEvent {
    field: '$.models[].name'
    value: string
    index: number
  }

  export interface AdvertModelsDigestFieldEvent {
    field: '$.models[].digest'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AdvertModelsWarmFieldEvent {
    field: '$.models[].warm'
    value: boolean
    index: number
  }

  export interface AdvertModelsBuiltInFieldEvent {
    field: '$.models[].builtIn'
    value: boolean
    index: number
  }

  export interface AdvertModelsContextSizeTokensFieldEvent {
    field: '$.models[].contextSizeTokens'
    value: number
    index: number
  }

  export interface AdvertModelsParameterCountFieldEvent {
    field: '$.models[].parameterCount'
    value: bigint
    index: number
  }

  export interface AdvertModelsQuantizationFieldEvent {
    field: '$.models[].quantization'
    value: string
    index: number
  }

  export interface AdvertModelsFeaturesFieldEvent {
    field: '$.models[].features'
    value: number
    index: number
  }

  export interface AdvertModelsLogprobsFieldEvent {
    field: '$.models[].logprobs'
    value: number
    index: number
  }

  export interface AdvertModelsPrefillTokensPerSecondFieldEvent {
    field: '$.models[].prefillTokensPerSecond'
    value: number
    index: number
  }

  export interface AdvertModelsDecodeTokensPerSecondFieldEvent {
    field: '$.models[].decodeTokensPerSecond'
    value: number
    index: number
  }

  export interface AdvertModelsLoadMsFieldEvent {
    field: '$.models[].loadMs'
    value: number
    index: number
  }

  export interface AdvertModelsSlotsTotalFieldEvent {
    field: '$.models[].slotsTotal'
    value: number
    index: number
  }

  export interface AdvertModelsSlotsFreeFieldEvent {
    field: '$.models[].slotsFree'
    value: number
    index: number
  }

  export interface AdvertModelsQueuedFieldEvent {
    field: '$.models[].queued'
    value: number
    index: number
  }

  export interface AdvertModelsWaitMsFieldEvent {
    field: '$.models[].waitMs'
    value: number
    index: number
  }

  export interface AdvertPricePerKiloTokenFieldEvent {
    field: '$.pricePerKiloToken'
    value: number
  }

  export interface AdvertThermalFieldEvent {
    field: '$.thermal'
    value: number
  }

  export interface AdvertBatteryPercentFieldEvent {
    field: '$.batteryPercent'
    value: number
  }

  export interface AdvertMeteredFieldEvent {
    field: '$.metered'
    value: boolean
  }

  export interface AdvertFreeMemoryMibFieldEvent {
    field: '$.freeMemoryMib'
    value: number
  }

  export function encode (obj: Partial<Advert>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Advert.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Advert>): Advert {
    return decodeMessage(buf, Advert.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Advert>): Generator<AdvertSequenceFieldEvent | AdvertIssuedAtMsFieldEvent | AdvertTtlMsFieldEvent | AdvertBootNonceFieldEvent | AdvertHardwareClassFieldEvent | AdvertAddressesFieldEvent | AdvertLabelFieldEvent | AdvertModelsNameFieldEvent | AdvertModelsDigestFieldEvent | AdvertModelsWarmFieldEvent | AdvertModelsBuiltInFieldEvent | AdvertModelsContextSizeTokensFieldEvent | AdvertModelsParameterCountFieldEvent | AdvertModelsQuantizationFieldEvent | AdvertModelsFeaturesFieldEvent | AdvertModelsLogprobsFieldEvent | AdvertModelsPrefillTokensPerSecondFieldEvent | AdvertModelsDecodeTokensPerSecondFieldEvent | AdvertModelsLoadMsFieldEvent | AdvertModelsSlotsTotalFieldEvent | AdvertModelsSlotsFreeFieldEvent | AdvertModelsQueuedFieldEvent | AdvertModelsWaitMsFieldEvent | AdvertPricePerKiloTokenFieldEvent | AdvertThermalFieldEvent | AdvertBatteryPercentFieldEvent | AdvertMeteredFieldEvent | AdvertFreeMemoryMibFieldEvent> {
    return streamMessage(buf, Advert.codec(), opts)
  }
}

export interface Model {
  name: string
  digest: Uint8Array<ArrayBuffer>
  warm: boolean
  builtIn: boolean
  contextSizeTokens: number
  parameterCount: bigint
  quantization: string
  features: number
  logprobs: number
  prefillTokensPerSecond: number
  decodeTokensPerSecond: number
  loadMs: number
  slotsTotal: number
  slotsFree: number
  queued: number
  waitMs: number
}

export namespace Model {
  let _codec: Codec<Model>

  export const codec = (): Codec<Model> => {
    if (_codec == null) {
      _codec = message<Model>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.name != null && obj.name !== '')) {
          w.uint32(10)
          w.string(obj.name)
        }

        if ((obj.digest != null && obj.digest.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.digest)
        }

        if ((obj.warm != null && obj.warm !== false)) {
          w.uint32(24)
          w.bool(obj.warm)
        }

        if ((obj.builtIn != null && obj.builtIn !== false)) {
          w.uint32(32)
          w.bool(obj.builtIn)
        }

        if ((obj.contextSizeTokens != null && obj.contextSizeTokens !== 0)) {
          w.uint32(40)
          w.uint32(obj.contextSizeTokens)
        }

        if ((obj.parameterCount != null && obj.parameterCount !== 0n)) {
          w.uint32(48)
          w.uint64(obj.parameterCount)
        }

        if ((obj.quantization != null && obj.quantization !== '')) {
          w.uint32(58)
          w.string(obj.quantization)
        }

        if ((obj.features != null && obj.features !== 0)) {
          w.uint32(64)
          w.uint32(obj.features)
        }

        if ((obj.logprobs != null && obj.logprobs !== 0)) {
          w.uint32(72)
          w.uint32(obj.logprobs)
        }

        if ((obj.prefillTokensPerSecond != null && obj.prefillTokensPerSecond !== 0)) {
          w.uint32(85)
          w.float(obj.prefillTokensPerSecond)
        }

        if ((obj.decodeTokensPerSecond != null && obj.decodeTokensPerSecond !== 0)) {
          w.uint32(93)
          w.float(obj.decodeTokensPerSecond)
        }

        if ((obj.loadMs != null && obj.loadMs !== 0)) {
          w.uint32(96)
          w.uint32(obj.loadMs)
        }

        if ((obj.slotsTotal != null && obj.slotsTotal !== 0)) {
          w.uint32(104)
          w.uint32(obj.slotsTotal)
        }

        if ((obj.slotsFree != null && obj.slotsFree !== 0)) {
          w.uint32(112)
          w.uint32(obj.slotsFree)
        }

        if ((obj.queued != null && obj.queued !== 0)) {
          w.uint32(120)
          w.uint32(obj.queued)
        }

        if ((obj.waitMs != null && obj.waitMs !== 0)) {
          w.uint32(128)
          w.uint32(obj.waitMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          name: '',
          digest: uint8ArrayAlloc(0),
          warm: false,
          builtIn: false,
          contextSizeTokens: 0,
          parameterCount: 0n,
          quantization: '',
          features: 0,
          logprobs: 0,
          prefillTokensPerSecond: 0,
          decodeTokensPerSecond: 0,
          loadMs: 0,
          slotsTotal: 0,
          slotsFree: 0,
          queued: 0,
          waitMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.name = reader.string()
              break
            }
            case 2: {
              obj.digest = reader.bytes()
              break
            }
            case 3: {
              obj.warm = reader.bool()
              break
            }
            case 4: {
              obj.builtIn = reader.bool()
              break
            }
            case 5: {
              obj.contextSizeTokens = reader.uint32()
              break
            }
            case 6: {
              obj.parameterCount = reader.uint64()
              break
            }
            case 7: {
              obj.quantization = reader.string()
              break
            }
            case 8: {
              obj.features = reader.uint32()
              break
            }
            case 9: {
              obj.logprobs = reader.uint32()
              break
            }
            case 10: {
              obj.prefillTokensPerSecond = reader.float()
              break
            }
            case 11: {
              obj.decodeTokensPerSecond = reader.float()
              break
            }
            case 12: {
              obj.loadMs = reader.uint32()
              break
            }
            case 13: {
              obj.slotsTotal = reader.uint32()
              break
            }
            case 14: {
              obj.slotsFree = reader.uint32()
              break
            }
            case 15: {
              obj.queued = reader.uint32()
              break
            }
            case 16: {
              obj.waitMs = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.name`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.digest`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.warm`,
                value: reader.bool()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.builtIn`,
                value: reader.bool()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.contextSizeTokens`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.parameterCount`,
                value: reader.uint64()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.quantization`,
                value: reader.string()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.features`,
                value: reader.uint32()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.logprobs`,
                value: reader.uint32()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.prefillTokensPerSecond`,
                value: reader.float()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.decodeTokensPerSecond`,
                value: reader.float()
              }
              break
            }
            case 12: {
              yield {
                field: `${prefix}.loadMs`,
                value: reader.uint32()
              }
              break
            }
            case 13: {
              yield {
                field: `${prefix}.slotsTotal`,
                value: reader.uint32()
              }
              break
            }
            case 14: {
              yield {
                field: `${prefix}.slotsFree`,
                value: reader.uint32()
              }
              break
            }
            case 15: {
              yield {
                field: `${prefix}.queued`,
                value: reader.uint32()
              }
              break
            }
            case 16: {
              yield {
                field: `${prefix}.waitMs`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ModelNameFieldEvent {
    field: '$.name'
    value: string
  }

  export interface ModelDigestFieldEvent {
    field: '$.digest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ModelWarmFieldEvent {
    field: '$.warm'
    value: boolean
  }

  export interface ModelBuiltInFieldEvent {
    field: '$.builtIn'
    value: boolean
  }

  export interface ModelContextSizeTokensFieldEvent {
    field: '$.contextSizeTokens'
    value: number
  }

  export interface ModelParameterCountFieldEvent {
    field: '$.parameterCount'
    value: bigint
  }

  export interface ModelQuantizationFieldEvent {
    field: '$.quantization'
    value: string
  }

  export interface ModelFeaturesFieldEvent {
    field: '$.features'
    value: number
  }

  export interface ModelLogprobsFieldEvent {
    field: '$.logprobs'
    value: number
  }

  export interface ModelPrefillTokensPerSecondFieldEvent {
    field: '$.prefillTokensPerSecond'
    value: number
  }

  export interface ModelDecodeTokensPerSecondFieldEvent {
    field: '$.decodeTokensPerSecond'
    value: number
  }

  export interface ModelLoadMsFieldEvent {
    field: '$.loadMs'
    value: number
  }

  export interface ModelSlotsTotalFieldEvent {
    field: '$.slotsTotal'
    value: number
  }

  export interface ModelSlotsFreeFieldEvent {
    field: '$.slotsFree'
    value: number
  }

  export interface ModelQueuedFieldEvent {
    field: '$.queued'
    value: number
  }

  export interface ModelWaitMsFieldEvent {
    field: '$.waitMs'
    value: number
  }

  export function encode (obj: Partial<Model>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Model.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Model>): Model {
    return decodeMessage(buf, Model.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Model>): Generator<ModelNameFieldEvent | ModelDigestFieldEvent | ModelWarmFieldEvent | ModelBuiltInFieldEvent | ModelContextSizeTokensFieldEvent | ModelParameterCountFieldEvent | ModelQuantizationFieldEvent | ModelFeaturesFieldEvent | ModelLogprobsFieldEvent | ModelPrefillTokensPerSecondFieldEvent | ModelDecodeTokensPerSecondFieldEvent | ModelLoadMsFieldEvent | ModelSlotsTotalFieldEvent | ModelSlotsFreeFieldEvent | ModelQueuedFieldEvent | ModelWaitMsFieldEvent> {
    return streamMessage(buf, Model.codec(), opts)
  }
}

export interface CapabilitiesRequest {
  all: boolean
  sample: number
  model: string
  task: number
}

export namespace CapabilitiesRequest {
  let _codec: Codec<CapabilitiesRequest>

  export const codec = (): Codec<CapabilitiesRequest> => {
    if (_codec == null) {
      _codec = message<CapabilitiesRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.all != null && obj.all !== false)) {
          w.uint32(8)
          w.bool(obj.all)
        }

        if ((obj.sample != null && obj.sample !== 0)) {
          w.uint32(16)
          w.uint32(obj.sample)
        }

        if ((obj.model != null && obj.model !== '')) {
          w.uint32(26)
          w.string(obj.model)
        }

        if ((obj.task != null && obj.task !== 0)) {
          w.uint32(32)
          w.uint32(obj.task)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          all: false,
          sample: 0,
          model: '',
          task: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.all = reader.bool()
              break
            }
            case 2: {
              obj.sample = reader.uint32()
              break
            }
            case 3: {
              obj.model = reader.string()
              break
            }
            case 4: {
              obj.task = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.all`,
                value: reader.bool()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.sample`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.model`,
                value: reader.string()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.task`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CapabilitiesRequestAllFieldEvent {
    field: '$.all'
    value: boolean
  }

  export interface CapabilitiesRequestSampleFieldEvent {
    field: '$.sample'
    value: number
  }

  export interface CapabilitiesRequestModelFieldEvent {
    field: '$.model'
    value: string
  }

  export interface CapabilitiesRequestTaskFieldEvent {
    field: '$.task'
    value: number
  }

  export function encode (obj: Partial<CapabilitiesRequest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, CapabilitiesRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CapabilitiesRequest>): CapabilitiesRequest {
    return decodeMessage(buf, CapabilitiesRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CapabilitiesRequest>): Generator<CapabilitiesRequestAllFieldEvent | CapabilitiesRequestSampleFieldEvent | CapabilitiesRequestModelFieldEvent | CapabilitiesRequestTaskFieldEvent> {
    return streamMessage(buf, CapabilitiesRequest.codec(), opts)
  }
}

export interface CapabilitiesFrame {
  envelope: Uint8Array<ArrayBuffer>
  ageMs: number
}

export namespace CapabilitiesFrame {
  let _codec: Codec<CapabilitiesFrame>

  export const codec = (): Codec<CapabilitiesFrame> => {
    if (_codec == null) {
      _codec = message<CapabilitiesFrame>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.envelope != null && obj.envelope.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.envelope)
        }

        if ((obj.ageMs != null && obj.ageMs !== 0)) {
          w.uint32(16)
          w.uint32(obj.ageMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          envelope: uint8ArrayAlloc(0),
          ageMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.envelope = reader.bytes()
              break
            }
            case 2: {
              obj.ageMs = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.envelope`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.ageMs`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CapabilitiesFrameEnvelopeFieldEvent {
    field: '$.envelope'
    value: Uint8Array<ArrayBuffer>
  }

  export interface CapabilitiesFrameAgeMsFieldEvent {
    field: '$.ageMs'
    value: number
  }

  export function encode (obj: Partial<CapabilitiesFrame>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, CapabilitiesFrame.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CapabilitiesFrame>): CapabilitiesFrame {
    return decodeMessage(buf, CapabilitiesFrame.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CapabilitiesFrame>): Generator<CapabilitiesFrameEnvelopeFieldEvent | CapabilitiesFrameAgeMsFieldEvent> {
    return streamMessage(buf, CapabilitiesFrame.codec(), opts)
  }
}
