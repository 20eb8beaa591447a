import { decodeMessage, encodeMessage, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Acknowledgement {
  provider: Uint8Array<ArrayBuffer>
  job: Uint8Array<ArrayBuffer>
  sequence: number
  promptTokens: number
  cachedPromptTokens: number
  completionTokens: number
  microCredits: bigint
  receiptHash: Uint8Array<ArrayBuffer>
}

export namespace Acknowledgement {
  let _codec: Codec<Acknowledgement>

  export const codec = (): Codec<Acknowledgement> => {
    if (_codec == null) {
      _codec = message<Acknowledgement>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.provider != null && obj.provider.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.provider)
        }

        if ((obj.job != null && obj.job.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.job)
        }

        if ((obj.sequence != null && obj.sequence !== 0)) {
          w.uint32(24)
          w.uint32(obj.sequence)
        }

        if ((obj.promptTokens != null && obj.promptTokens !== 0)) {
          w.uint32(32)
          w.uint32(obj.promptTokens)
        }

        if ((obj.cachedPromptTokens != null && obj.cachedPromptTokens !== 0)) {
          w.uint32(40)
          w.uint32(obj.cachedPromptTokens)
        }

        if ((obj.completionTokens != null && obj.completionTokens !== 0)) {
          w.uint32(48)
          w.uint32(obj.completionTokens)
        }

        if ((obj.microCredits != null && obj.microCredits !== 0n)) {
          w.uint32(56)
          w.uint64(obj.microCredits)
        }

        if ((obj.receiptHash != null && obj.receiptHash.byteLength > 0)) {
          w.uint32(66)
          w.bytes(obj.receiptHash)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          provider: uint8ArrayAlloc(0),
          job: uint8ArrayAlloc(0),
          sequence: 0,
          promptTokens: 0,
          cachedPromptTokens: 0,
          completionTokens: 0,
          microCredits: 0n,
          receiptHash: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.provider = reader.bytes()
              break
            }
            case 2: {
              obj.job = reader.bytes()
              break
            }
            case 3: {
              obj.sequence = reader.uint32()
              break
            }
            case 4: {
              obj.promptTokens = reader.uint32()
              break
            }
            case 5: {
              obj.cachedPromptTokens = reader.uint32()
              break
            }
            case 6: {
              obj.completionTokens = reader.uint32()
              break
            }
            case 7: {
              obj.microCredits = reader.uint64()
              break
            }
            case 8: {
              obj.receiptHash = reader.bytes()
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
                field: `${prefix}.provider`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.job`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.sequence`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.promptTokens`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.cachedPromptTokens`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.completionTokens`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.microCredits`,
                value: reader.uint64()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.receiptHash`,
                value: reader.bytes()
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

  export interface AcknowledgementProviderFieldEvent {
    field: '$.provider'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AcknowledgementJobFieldEvent {
    field: '$.job'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AcknowledgementSequenceFieldEvent {
    field: '$.sequence'
    value: number
  }

  export interface AcknowledgementPromptTokensFieldEvent {
    field: '$.promptTokens'
    value: number
  }

  export interface AcknowledgementCachedPromptTokensFieldEvent {
    field: '$.cachedPromptTokens'
    value: number
  }

  export interface AcknowledgementCompletionTokensFieldEvent {
    field: '$.completionTokens'
    value: number
  }

  export interface AcknowledgementMicroCreditsFieldEvent {
    field: '$.microCredits'
    value: bigint
  }

  export interface AcknowledgementReceiptHashFieldEvent {
    field: '$.receiptHash'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Acknowledgement>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Acknowledgement.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Acknowledgement>): Acknowledgement {
    return decodeMessage(buf, Acknowledgement.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Acknowledgement>): Generator<AcknowledgementProviderFieldEvent | AcknowledgementJobFieldEvent | AcknowledgementSequenceFieldEvent | AcknowledgementPromptTokensFieldEvent | AcknowledgementCachedPromptTokensFieldEvent | AcknowledgementCompletionTokensFieldEvent | AcknowledgementMicroCreditsFieldEvent | AcknowledgementReceiptHashFieldEvent> {
    return streamMessage(buf, Acknowledgement.codec(), opts)
  }
}

export interface Receipt {
  asker: Uint8Array<ArrayBuffer>
  job: Uint8Array<ArrayBuffer>
  modelDigest: Uint8Array<ArrayBuffer>
  promptTokens: number
  cachedPromptTokens: number
  completionTokens: number
  pricePerKiloToken: number
  microCredits: bigint
  promisedFirstTokenMs?: number
  observedFirstTokenMs: number
  totalMs: number
  issuedAtMs: bigint
}

export namespace Receipt {
  let _codec: Codec<Receipt>

  export const codec = (): Codec<Receipt> => {
    if (_codec == null) {
      _codec = message<Receipt>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.asker != null && obj.asker.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.asker)
        }

        if ((obj.job != null && obj.job.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.job)
        }

        if ((obj.modelDigest != null && obj.modelDigest.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.modelDigest)
        }

        if ((obj.promptTokens != null && obj.promptTokens !== 0)) {
          w.uint32(32)
          w.uint32(obj.promptTokens)
        }

        if ((obj.cachedPromptTokens != null && obj.cachedPromptTokens !== 0)) {
          w.uint32(40)
          w.uint32(obj.cachedPromptTokens)
        }

        if ((obj.completionTokens != null && obj.completionTokens !== 0)) {
          w.uint32(48)
          w.uint32(obj.completionTokens)
        }

        if ((obj.pricePerKiloToken != null && obj.pricePerKiloToken !== 0)) {
          w.uint32(56)
          w.uint32(obj.pricePerKiloToken)
        }

        if ((obj.microCredits != null && obj.microCredits !== 0n)) {
          w.uint32(64)
          w.uint64(obj.microCredits)
        }

        if (obj.promisedFirstTokenMs != null) {
          w.uint32(72)
          w.uint32(obj.promisedFirstTokenMs)
        }

        if ((obj.observedFirstTokenMs != null && obj.observedFirstTokenMs !== 0)) {
          w.uint32(80)
          w.uint32(obj.observedFirstTokenMs)
        }

        if ((obj.totalMs != null && obj.totalMs !== 0)) {
          w.uint32(88)
          w.uint32(obj.totalMs)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0n)) {
          w.uint32(96)
          w.uint64(obj.issuedAtMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          asker: uint8ArrayAlloc(0),
          job: uint8ArrayAlloc(0),
          modelDigest: uint8ArrayAlloc(0),
          promptTokens: 0,
          cachedPromptTokens: 0,
          completionTokens: 0,
          pricePerKiloToken: 0,
          microCredits: 0n,
          observedFirstTokenMs: 0,
          totalMs: 0,
          issuedAtMs: 0n
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.asker = reader.bytes()
              break
            }
            case 2: {
              obj.job = reader.bytes()
              break
            }
            case 3: {
              obj.modelDigest = reader.bytes()
              break
            }
            case 4: {
              obj.promptTokens = reader.uint32()
              break
            }
            case 5: {
              obj.cachedPromptTokens = reader.uint32()
              break
            }
            case 6: {
              obj.completionTokens = reader.uint32()
              break
            }
            case 7: {
              obj.pricePerKiloToken = reader.uint32()
              break
            }
            case 8: {
              obj.microCredits = reader.uint64()
              break
            }
            case 9: {
              obj.promisedFirstTokenMs = reader.uint32()
              break
            }
            case 10: {
              obj.observedFirstTokenMs = reader.uint32()
              break
            }
            case 11: {
              obj.totalMs = reader.uint32()
              break
            }
            case 12: {
              obj.issuedAtMs = reader.uint64()
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
                field: `${prefix}.asker`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.job`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.modelDigest`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.promptTokens`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.cachedPromptTokens`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.completionTokens`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.pricePerKiloToken`,
                value: reader.uint32()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.microCredits`,
                value: reader.uint64()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.promisedFirstTokenMs`,
                value: reader.uint32()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.observedFirstTokenMs`,
                value: reader.uint32()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.totalMs`,
                value: reader.uint32()
              }
              break
            }
            case 12: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64()
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

  export interface ReceiptAskerFieldEvent {
    field: '$.asker'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptJobFieldEvent {
    field: '$.job'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptModelDigestFieldEvent {
    field: '$.modelDigest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptPromptTokensFieldEvent {
    field: '$.promptTokens'
    value: number
  }

  export interface ReceiptCachedPromptTokensFieldEvent {
    field: '$.cachedPromptTokens'
    value: number
  }

  export interface ReceiptCompletionTokensFieldEvent {
    field: '$.completionTokens'
    value: number
  }

  export interface ReceiptPricePerKiloTokenFieldEvent {
    field: '$.pricePerKiloToken'
    value: number
  }

  export interface ReceiptMicroCreditsFieldEvent {
    field: '$.microCredits'
    value: bigint
  }

  export interface ReceiptPromisedFirstTokenMsFieldEvent {
    field: '$.promisedFirstTokenMs'
    value: number
  }

  export interface ReceiptObservedFirstTokenMsFieldEvent {
    field: '$.observedFirstTokenMs'
    value: number
  }

  export interface ReceiptTotalMsFieldEvent {
    field: '$.totalMs'
    value: number
  }

  export interface ReceiptIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: bigint
  }

  export function encode (obj: Partial<Receipt>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Receipt.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Receipt>): Receipt {
    return decodeMessage(buf, Receipt.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Receipt>): Generator<ReceiptAskerFieldEvent | ReceiptJobFieldEvent | ReceiptModelDigestFieldEvent | ReceiptPromptTokensFieldEvent | ReceiptCachedPromptTokensFieldEvent | ReceiptCompletionTokensFieldEvent | ReceiptPricePerKiloTokenFieldEvent | ReceiptMicroCreditsFieldEvent | ReceiptPromisedFirstTokenMsFieldEvent | ReceiptObservedFirstTokenMsFieldEvent | ReceiptTotalMsFieldEvent | ReceiptIssuedAtMsFieldEvent> {
    return streamMessage(buf, Receipt.codec(), opts)
  }
}
