import { decodeMessage, encodeMessage, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface QuoteRequest {
  nonce: Uint8Array<ArrayBuffer>
  model: string
  promptTokens: number
  expectedTokens: number
  conversationTag: Uint8Array<ArrayBuffer>
}

export namespace QuoteRequest {
  let _codec: Codec<QuoteRequest>

  export const codec = (): Codec<QuoteRequest> => {
    if (_codec == null) {
      _codec = message<QuoteRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.nonce != null && obj.nonce.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.nonce)
        }

        if ((obj.model != null && obj.model !== '')) {
          w.uint32(18)
          w.string(obj.model)
        }

        if ((obj.promptTokens != null && obj.promptTokens !== 0)) {
          w.uint32(24)
          w.uint32(obj.promptTokens)
        }

        if ((obj.expectedTokens != null && obj.expectedTokens !== 0)) {
          w.uint32(32)
          w.uint32(obj.expectedTokens)
        }

        if ((obj.conversationTag != null && obj.conversationTag.byteLength > 0)) {
          w.uint32(42)
          w.bytes(obj.conversationTag)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          nonce: uint8ArrayAlloc(0),
          model: '',
          promptTokens: 0,
          expectedTokens: 0,
          conversationTag: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.nonce = reader.bytes()
              break
            }
            case 2: {
              obj.model = reader.string()
              break
            }
            case 3: {
              obj.promptTokens = reader.uint32()
              break
            }
            case 4: {
              obj.expectedTokens = reader.uint32()
              break
            }
            case 5: {
              obj.conversationTag = reader.bytes()
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
                field: `${prefix}.nonce`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.model`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.promptTokens`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.expectedTokens`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.conversationTag`,
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

  export interface QuoteRequestNonceFieldEvent {
    field: '$.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface QuoteRequestModelFieldEvent {
    field: '$.model'
    value: string
  }

  export interface QuoteRequestPromptTokensFieldEvent {
    field: '$.promptTokens'
    value: number
  }

  export interface QuoteRequestExpectedTokensFieldEvent {
    field: '$.expectedTokens'
    value: number
  }

  export interface QuoteRequestConversationTagFieldEvent {
    field: '$.conversationTag'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<QuoteRequest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, QuoteRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<QuoteRequest>): QuoteRequest {
    return decodeMessage(buf, QuoteRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<QuoteRequest>): Generator<QuoteRequestNonceFieldEvent | QuoteRequestModelFieldEvent | QuoteRequestPromptTokensFieldEvent | QuoteRequestExpectedTokensFieldEvent | QuoteRequestConversationTagFieldEvent> {
    return streamMessage(buf, QuoteRequest.codec(), opts)
  }
}

export interface QuoteFrame {
  envelope: Uint8Array<ArrayBuffer>
}

export namespace QuoteFrame {
  let _codec: Codec<QuoteFrame>

  export const codec = (): Codec<QuoteFrame> => {
    if (_codec == null) {
      _codec = message<QuoteFrame>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.envelope != null && obj.envelope.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.envelope)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          envelope: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.envelope = reader.bytes()
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

  export interface QuoteFrameEnvelopeFieldEvent {
    field: '$.envelope'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<QuoteFrame>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, QuoteFrame.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<QuoteFrame>): QuoteFrame {
    return decodeMessage(buf, QuoteFrame.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<QuoteFrame>): Generator<QuoteFrameEnvelopeFieldEvent> {
    return streamMessage(buf, QuoteFrame.codec(), opts)
  }
}

export interface Quote {
  nonce: Uint8Array<ArrayBuffer>
  asker: string
  status: number
  modelName: string
  modelDigest: Uint8Array<ArrayBuffer>
  waitMs: number
  loadMs: number
  cachedTokens: number
  prefillTokensPerSecond: number
  decodeTokensPerSecond: number
  firstTokenMs: number
  pricePerKiloToken: number
  validMs: number
  slotsTotal: number
  slotsFree: number
  queued: number
}

export namespace Quote {
  let _codec: Codec<Quote>

  export const codec = (): Codec<Quote> => {
    if (_codec == null) {
      _codec = message<Quote>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.nonce != null && obj.nonce.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.nonce)
        }

        if ((obj.asker != null && obj.asker !== '')) {
          w.uint32(18)
          w.string(obj.asker)
        }

        if ((obj.status != null && obj.status !== 0)) {
          w.uint32(24)
          w.uint32(obj.status)
        }

        if ((obj.modelName != null && obj.modelName !== '')) {
          w.uint32(34)
          w.string(obj.modelName)
        }

        if ((obj.modelDigest != null && obj.modelDigest.byteLength > 0)) {
          w.uint32(42)
          w.bytes(obj.modelDigest)
        }

        if ((obj.waitMs != null && obj.waitMs !== 0)) {
          w.uint32(48)
          w.uint32(obj.waitMs)
        }

        if ((obj.loadMs != null && obj.loadMs !== 0)) {
          w.uint32(56)
          w.uint32(obj.loadMs)
        }

        if ((obj.cachedTokens != null && obj.cachedTokens !== 0)) {
          w.uint32(64)
          w.uint32(obj.cachedTokens)
        }

        if ((obj.prefillTokensPerSecond != null && obj.prefillTokensPerSecond !== 0)) {
          w.uint32(77)
          w.float(obj.prefillTokensPerSecond)
        }

        if ((obj.decodeTokensPerSecond != null && obj.decodeTokensPerSecond !== 0)) {
          w.uint32(85)
          w.float(obj.decodeTokensPerSecond)
        }

        if ((obj.firstTokenMs != null && obj.firstTokenMs !== 0)) {
          w.uint32(88)
          w.uint32(obj.firstTokenMs)
        }

        if ((obj.pricePerKiloToken != null && obj.pricePerKiloToken !== 0)) {
          w.uint32(96)
          w.uint32(obj.pricePerKiloToken)
        }

        if ((obj.validMs != null && obj.validMs !== 0)) {
          w.uint32(104)
          w.uint32(obj.validMs)
        }

        if ((obj.slotsTotal != null && obj.slotsTotal !== 0)) {
          w.uint32(112)
          w.uint32(obj.slotsTotal)
        }

        if ((obj.slotsFree != null && obj.slotsFree !== 0)) {
          w.uint32(120)
          w.uint32(obj.slotsFree)
        }

        if ((obj.queued != null && obj.queued !== 0)) {
          w.uint32(128)
          w.uint32(obj.queued)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          nonce: uint8ArrayAlloc(0),
          asker: '',
          status: 0,
          modelName: '',
          modelDigest: uint8ArrayAlloc(0),
          waitMs: 0,
          loadMs: 0,
          cachedTokens: 0,
          prefillTokensPerSecond: 0,
          decodeTokensPerSecond: 0,
          firstTokenMs: 0,
          pricePerKiloToken: 0,
          validMs: 0,
          slotsTotal: 0,
          slotsFree: 0,
          queued: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.nonce = reader.bytes()
              break
            }
            case 2: {
              obj.asker = reader.string()
              break
            }
            case 3: {
              obj.status = reader.uint32()
              break
            }
            case 4: {
              obj.modelName = reader.string()
              break
            }
            case 5: {
              obj.modelDigest = reader.bytes()
              break
            }
            case 6: {
              obj.waitMs = reader.uint32()
              break
            }
            case 7: {
              obj.loadMs = reader.uint32()
              break
            }
            case 8: {
              obj.cachedTokens = reader.uint32()
              break
            }
            case 9: {
              obj.prefillTokensPerSecond = reader.float()
              break
            }
            case 10: {
              obj.decodeTokensPerSecond = reader.float()
              break
            }
            case 11: {
              obj.firstTokenMs = reader.uint32()
              break
            }
            case 12: {
              obj.pricePerKiloToken = reader.uint32()
              break
            }
            case 13: {
              obj.validMs = reader.uint32()
              break
            }
            case 14: {
              obj.slotsTotal = reader.uint32()
              break
            }
            case 15: {
              obj.slotsFree = reader.uint32()
              break
            }
            case 16: {
              obj.queued = reader.uint32()
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
                field: `${prefix}.nonce`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.asker`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.status`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.modelName`,
                value: reader.string()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.modelDigest`,
                value: reader.bytes()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.waitMs`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.loadMs`,
                value: reader.uint32()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.cachedTokens`,
                value: reader.uint32()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.prefillTokensPerSecond`,
                value: reader.float()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.decodeTokensPerSecond`,
                value: reader.float()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.firstTokenMs`,
                value: reader.uint32()
              }
              break
            }
            case 12: {
              yield {
                field: `${prefix}.pricePerKiloToken`,
                value: reader.uint32()
              }
              break
            }
            case 13: {
              yield {
                field: `${prefix}.validMs`,
                value: reader.uint32()
              }
              break
            }
            case 14: {
              yield {
                field: `${prefix}.slotsTotal`,
                value: reader.uint32()
              }
              break
            }
            case 15: {
              yield {
                field: `${prefix}.slotsFree`,
                value: reader.uint32()
              }
              break
            }
            case 16: {
              yield {
                field: `${prefix}.queued`,
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

  export interface QuoteNonceFieldEvent {
    field: '$.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface QuoteAskerFieldEvent {
    field: '$.asker'
    value: string
  }

  export interface QuoteStatusFieldEvent {
    field: '$.status'
    value: number
  }

  export interface QuoteModelNameFieldEvent {
    field: '$.modelName'
    value: string
  }

  export interface QuoteModelDigestFieldEvent {
    field: '$.modelDigest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface QuoteWaitMsFieldEvent {
    field: '$.waitMs'
    value: number
  }

  export interface QuoteLoadMsFieldEvent {
    field: '$.loadMs'
    value: number
  }

  export interface QuoteCachedTokensFieldEvent {
    field: '$.cachedTokens'
    value: number
  }

  export interface QuotePrefillTokensPerSecondFieldEvent {
    field: '$.prefillTokensPerSecond'
    value: number
  }

  export interface QuoteDecodeTokensPerSecondFieldEvent {
    field: '$.decodeTokensPerSecond'
    value: number
  }

  export interface QuoteFirstTokenMsFieldEvent {
    field: '$.firstTokenMs'
    value: number
  }

  export interface QuotePricePerKiloTokenFieldEvent {
    field: '$.pricePerKiloToken'
    value: number
  }

  export interface QuoteValidMsFieldEvent {
    field: '$.validMs'
    value: number
  }

  export interface QuoteSlotsTotalFieldEvent {
    field: '$.slotsTotal'
    value: number
  }

  export interface QuoteSlotsFreeFieldEvent {
    field: '$.slotsFree'
    value: number
  }

  export interface QuoteQueuedFieldEvent {
    field: '$.queued'
    value: number
  }

  export function encode (obj: Partial<Quote>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Quote.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Quote>): Quote {
    return decodeMessage(buf, Quote.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Quote>): Generator<QuoteNonceFieldEvent | QuoteAskerFieldEvent | QuoteStatusFieldEvent | QuoteModelNameFieldEvent | QuoteModelDigestFieldEvent | QuoteWaitMsFieldEvent | QuoteLoadMsFieldEvent | QuoteCachedTokensFieldEvent | QuotePrefillTokensPerSecondFieldEvent | QuoteDecodeTokensPerSecondFieldEvent | QuoteFirstTokenMsFieldEvent | QuotePricePerKiloTokenFieldEvent | QuoteValidMsFieldEvent | QuoteSlotsTotalFieldEvent | QuoteSlotsFreeFieldEvent | QuoteQueuedFieldEvent> {
    return streamMessage(buf, Quote.codec(), opts)
  }
}
