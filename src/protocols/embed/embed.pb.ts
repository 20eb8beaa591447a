import { decodeMessage, encodeMessage, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Request {
  model: string
  deadlineMs?: number
  embed?: Embed
  rerank?: Rerank
}

export namespace Request {
  let _codec: Codec<Request>

  export const codec = (): Codec<Request> => {
    if (_codec == null) {
      _codec = message<Request>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }


        if (obj.rerank != null) {
          obj.embed = undefined
        }

        if (obj.embed != null) {
          obj.rerank = undefined
        }

        if ((obj.model != null && obj.model !== '')) {
          w.uint32(10)
          w.string(obj.model)
        }

        if (obj.deadlineMs != null) {
          w.uint32(16)
          w.uint32(obj.deadlineMs)
        }

        if (obj.embed != null) {
          w.uint32(26)
          Embed.codec().encode(obj.embed, w)
        }

        if (obj.rerank != null) {
          w.uint32(34)
          Rerank.codec().encode(obj.rerank, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          model: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.model = reader.string()
              break
            }
            case 2: {
              obj.deadlineMs = reader.uint32()
              break
            }
            case 3: {
              obj.embed = Embed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.embed
              })
              break
            }
            case 4: {
              obj.rerank = Rerank.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.rerank
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }


        if (obj.rerank != null) {
          delete obj.embed
        }

        if (obj.embed != null) {
          delete obj.rerank
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.model`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.deadlineMs`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield * Embed.codec().stream(reader, reader.uint32(), `${prefix}.embed`, {
                limits: opts.limits?.embed
              })

              break
            }
            case 4: {
              yield * Rerank.codec().stream(reader, reader.uint32(), `${prefix}.rerank`, {
                limits: opts.limits?.rerank
              })

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

  export interface RequestModelFieldEvent {
    field: '$.model'
    value: string
  }

  export interface RequestDeadlineMsFieldEvent {
    field: '$.deadlineMs'
    value: number
  }

  export interface RequestEmbedInputsFieldEvent {
    field: '$.embed.inputs[]'
    index: number
    value: string
  }

  export interface RequestRerankQueryFieldEvent {
    field: '$.rerank.query'
    value: string
  }

  export interface RequestRerankDocumentsFieldEvent {
    field: '$.rerank.documents[]'
    index: number
    value: string
  }

  export function encode (obj: Partial<Request>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Request.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Request>): Request {
    return decodeMessage(buf, Request.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Request>): Generator<RequestModelFieldEvent | RequestDeadlineMsFieldEvent | RequestEmbedInputsFieldEvent | RequestRerankQueryFieldEvent | RequestRerankDocumentsFieldEvent> {
    return streamMessage(buf, Request.codec(), opts)
  }
}

export interface Embed {
  inputs: string[]
}

export namespace Embed {
  let _codec: Codec<Embed>

  export const codec = (): Codec<Embed> => {
    if (_codec == null) {
      _codec = message<Embed>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.inputs != null && obj.inputs.length > 0) {
          for (const value of obj.inputs) {
            w.uint32(10)
            w.string(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          inputs: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.inputs != null && obj.inputs.length === opts.limits.inputs) {
                throw new MaxLengthError('Decode error - repeated field "inputs" had too many elements')
              }

              if (obj.inputs.length === 256) {
                throw new MaxLengthError('Decode error - repeated field "inputs" had too many elements')
              }

              obj.inputs.push(reader.string())
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
          inputs: 256
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.inputs != null && obj.inputs === opts.limits.inputs) {
                throw new MaxLengthError('Streaming decode error - repeated field "inputs" had too many elements')
              }

              if (obj.inputs === 256) {
                throw new MaxLengthError('Streaming decode error - repeated field "inputs" had too many elements')
              }

              yield {
                field: `${prefix}.inputs[]`,
                index: obj.inputs,
                value: reader.string()
              }

              obj.inputs++

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

  export interface EmbedInputsFieldEvent {
    field: '$.inputs[]'
    index: number
    value: string
  }

  export function encode (obj: Partial<Embed>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Embed.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Embed>): Embed {
    return decodeMessage(buf, Embed.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Embed>): Generator<EmbedInputsFieldEvent> {
    return streamMessage(buf, Embed.codec(), opts)
  }
}

export interface Rerank {
  query: string
  documents: string[]
}

export namespace Rerank {
  let _codec: Codec<Rerank>

  export const codec = (): Codec<Rerank> => {
    if (_codec == null) {
      _codec = message<Rerank>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.query != null && obj.query !== '')) {
          w.uint32(10)
          w.string(obj.query)
        }

        if (obj.documents != null && obj.documents.length > 0) {
          for (const value of obj.documents) {
            w.uint32(18)
            w.string(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          query: '',
          documents: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.query = reader.string()
              break
            }
            case 2: {
              if (opts.limits?.documents != null && obj.documents.length === opts.limits.documents) {
                throw new MaxLengthError('Decode error - repeated field "documents" had too many elements')
              }

              if (obj.documents.length === 256) {
                throw new MaxLengthError('Decode error - repeated field "documents" had too many elements')
              }

              obj.documents.push(reader.string())
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
          documents: 256
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.query`,
                value: reader.string()
              }
              break
            }
            case 2: {
              if (opts.limits?.documents != null && obj.documents === opts.limits.documents) {
                throw new MaxLengthError('Streaming decode error - repeated field "documents" had too many elements')
              }

              if (obj.documents === 256) {
                throw new MaxLengthError('Streaming decode error - repeated field "documents" had too many elements')
              }

              yield {
                field: `${prefix}.documents[]`,
                index: obj.documents,
                value: reader.string()
              }

              obj.documents++

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

  export interface RerankQueryFieldEvent {
    field: '$.query'
    value: string
  }

  export interface RerankDocumentsFieldEvent {
    field: '$.documents[]'
    index: number
    value: string
  }

  export function encode (obj: Partial<Rerank>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Rerank.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Rerank>): Rerank {
    return decodeMessage(buf, Rerank.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Rerank>): Generator<RerankQueryFieldEvent | RerankDocumentsFieldEvent> {
    return streamMessage(buf, Rerank.codec(), opts)
  }
}

export interface ServerFrame {
  accepted?: Accepted
  progress?: Progress
  vectors?: Vectors
  scores?: Scores
  error?: Error
  end?: End
}

export namespace ServerFrame {
  let _codec: Codec<ServerFrame>

  export const codec = (): Codec<ServerFrame> => {
    if (_codec == null) {
      _codec = message<ServerFrame>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.end != null) {
          obj.error = undefined
          obj.scores = undefined
          obj.vectors = undefined
          obj.progress = undefined
          obj.accepted = undefined
        }

        if (obj.error != null) {
          obj.end = undefined
          obj.scores = undefined
          obj.vectors = undefined
          obj.progress = undefined
          obj.accepted = undefined
        }

        if (obj.scores != null) {
          obj.end = undefined
          obj.error = undefined
          obj.vectors = undefined
          obj.progress = undefined
          obj.accepted = undefined
        }

        if (obj.vectors != null) {
          obj.end = undefined
          obj.error = undefined
          obj.scores = undefined
          obj.progress = undefined
          obj.accepted = undefined
        }

        if (obj.progress != null) {
          obj.end = undefined
          obj.error = undefined
          obj.scores = undefined
          obj.vectors = undefined
          obj.accepted = undefined
        }

        if (obj.accepted != null) {
          obj.end = undefined
          obj.error = undefined
          obj.scores = undefined
          obj.vectors = undefined
          obj.progress = undefined
        }

        if (obj.accepted != null) {
          w.uint32(10)
          Accepted.codec().encode(obj.accepted, w)
        }

        if (obj.progress != null) {
          w.uint32(18)
          Progress.codec().encode(obj.progress, w)
        }

        if (obj.vectors != null) {
          w.uint32(26)
          Vectors.codec().encode(obj.vectors, w)
        }

        if (obj.scores != null) {
          w.uint32(34)
          Scores.codec().encode(obj.scores, w)
        }

        if (obj.error != null) {
          w.uint32(42)
          Error.codec().encode(obj.error, w)
        }

        if (obj.end != null) {
          w.uint32(50)
          End.codec().encode(obj.end, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.accepted = Accepted.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.accepted
              })
              break
            }
            case 2: {
              obj.progress = Progress.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.progress
              })
              break
            }
            case 3: {
              obj.vectors = Vectors.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.vectors
              })
              break
            }
            case 4: {
              obj.scores = Scores.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.scores
              })
              break
            }
            case 5: {
              obj.error = Error.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.error
              })
              break
            }
            case 6: {
              obj.end = End.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.end
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.end != null) {
          delete obj.error
          delete obj.scores
          delete obj.vectors
          delete obj.progress
          delete obj.accepted
        }

        if (obj.error != null) {
          delete obj.end
          delete obj.scores
          delete obj.vectors
          delete obj.progress
          delete obj.accepted
        }

        if (obj.scores != null) {
          delete obj.end
          delete obj.error
          delete obj.vectors
          delete obj.progress
          delete obj.accepted
        }

        if (obj.vectors != null) {
          delete obj.end
          delete obj.error
          delete obj.scores
          delete obj.progress
          delete obj.accepted
        }

        if (obj.progress != null) {
          delete obj.end
          delete obj.error
          delete obj.scores
          delete obj.vectors
          delete obj.accepted
        }

        if (obj.accepted != null) {
          delete obj.end
          delete obj.error
          delete obj.scores
          delete obj.vectors
          delete obj.progress
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Accepted.codec().stream(reader, reader.uint32(), `${prefix}.accepted`, {
                limits: opts.limits?.accepted
              })

              break
            }
            case 2: {
              yield * Progress.codec().stream(reader, reader.uint32(), `${prefix}.progress`, {
                limits: opts.limits?.progress
              })

              break
            }
            case 3: {
              yield * Vectors.codec().stream(reader, reader.uint32(), `${prefix}.vectors`, {
                limits: opts.limits?.vectors
              })

              break
            }
            case 4: {
              yield * Scores.codec().stream(reader, reader.uint32(), `${prefix}.scores`, {
                limits: opts.limits?.scores
              })

              break
            }
            case 5: {
              yield * Error.codec().stream(reader, reader.uint32(), `${prefix}.error`, {
                limits: opts.limits?.error
              })

              break
            }
            case 6: {
              yield * End.codec().stream(reader, reader.uint32(), `${prefix}.end`, {
                limits: opts.limits?.end
              })

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

  export interface ServerFrameAcceptedQueuePositionFieldEvent {
    field: '$.accepted.queuePosition'
    value: number
  }

  export interface ServerFrameAcceptedModelNameFieldEvent {
    field: '$.accepted.modelName'
    value: string
  }

  export interface ServerFrameAcceptedModelDigestFieldEvent {
    field: '$.accepted.modelDigest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ServerFrameAcceptedContextSizeTokensFieldEvent {
    field: '$.accepted.contextSizeTokens'
    value: number
  }

  export interface ServerFrameProgressPhaseFieldEvent {
    field: '$.progress.phase'
    value: number
  }

  export interface ServerFrameProgressDoneFieldEvent {
    field: '$.progress.done'
    value: number
  }

  export interface ServerFrameProgressTotalFieldEvent {
    field: '$.progress.total'
    value: number
  }

  export interface ServerFrameVectorsDimensionsFieldEvent {
    field: '$.vectors.dimensions'
    value: number
  }

  export interface ServerFrameVectorsValuesFieldEvent {
    field: '$.vectors.values'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ServerFrameScoresValuesFieldEvent {
    field: '$.scores.values'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ServerFrameErrorCodeFieldEvent {
    field: '$.error.code'
    value: string
  }

  export interface ServerFrameErrorMessageFieldEvent {
    field: '$.error.message'
    value: string
  }

  export interface ServerFrameErrorFieldFieldEvent {
    field: '$.error.field'
    value: string
  }

  export interface ServerFrameErrorPromptTokensFieldEvent {
    field: '$.error.promptTokens'
    value: number
  }

  export interface ServerFrameErrorContextSizeTokensFieldEvent {
    field: '$.error.contextSizeTokens'
    value: number
  }

  export interface ServerFrameErrorRetryAfterMsFieldEvent {
    field: '$.error.retryAfterMs'
    value: number
  }

  export interface ServerFrameErrorSuggestionsFieldEvent {
    field: '$.error.suggestions[]'
    index: number
    value: string
  }

  export interface ServerFrameEndPromptTokensFieldEvent {
    field: '$.end.promptTokens'
    value: number
  }

  export function encode (obj: Partial<ServerFrame>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ServerFrame.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ServerFrame>): ServerFrame {
    return decodeMessage(buf, ServerFrame.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ServerFrame>): Generator<ServerFrameAcceptedQueuePositionFieldEvent | ServerFrameAcceptedModelNameFieldEvent | ServerFrameAcceptedModelDigestFieldEvent | ServerFrameAcceptedContextSizeTokensFieldEvent | ServerFrameProgressPhaseFieldEvent | ServerFrameProgressDoneFieldEvent | ServerFrameProgressTotalFieldEvent | ServerFrameVectorsDimensionsFieldEvent | ServerFrameVectorsValuesFieldEvent | ServerFrameScoresValuesFieldEvent | ServerFrameErrorCodeFieldEvent | ServerFrameErrorMessageFieldEvent | ServerFrameErrorFieldFieldEvent | ServerFrameErrorPromptTokensFieldEvent | ServerFrameErrorContextSizeTokensFieldEvent | ServerFrameErrorRetryAfterMsFieldEvent | ServerFrameErrorSuggestionsFieldEvent | ServerFrameEndPromptTokensFieldEvent> {
    return streamMessage(buf, ServerFrame.codec(), opts)
  }
}

export interface Accepted {
  queuePosition: number
  modelName: string
  modelDigest: Uint8Array<ArrayBuffer>
  contextSizeTokens: number
}

export namespace Accepted {
  let _codec: Codec<Accepted>

  export const codec = (): Codec<Accepted> => {
    if (_codec == null) {
      _codec = message<Accepted>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.queuePosition != null && obj.queuePosition !== 0)) {
          w.uint32(8)
          w.uint32(obj.queuePosition)
        }

        if ((obj.modelName != null && obj.modelName !== '')) {
          w.uint32(18)
          w.string(obj.modelName)
        }

        if ((obj.modelDigest != null && obj.modelDigest.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.modelDigest)
        }

        if ((obj.contextSizeTokens != null && obj.contextSizeTokens !== 0)) {
          w.uint32(32)
          w.uint32(obj.contextSizeTokens)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          queuePosition: 0,
          modelName: '',
          modelDigest: uint8ArrayAlloc(0),
          contextSizeTokens: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.queuePosition = reader.uint32()
              break
            }
            case 2: {
              obj.modelName = reader.string()
              break
            }
            case 3: {
              obj.modelDigest = reader.bytes()
              break
            }
            case 4: {
              obj.contextSizeTokens = reader.uint32()
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
                field: `${prefix}.queuePosition`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.modelName`,
                value: reader.string()
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
                field: `${prefix}.contextSizeTokens`,
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

  export interface AcceptedQueuePositionFieldEvent {
    field: '$.queuePosition'
    value: number
  }

  export interface AcceptedModelNameFieldEvent {
    field: '$.modelName'
    value: string
  }

  export interface AcceptedModelDigestFieldEvent {
    field: '$.modelDigest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AcceptedContextSizeTokensFieldEvent {
    field: '$.contextSizeTokens'
    value: number
  }

  export function encode (obj: Partial<Accepted>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Accepted.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Accepted>): Accepted {
    return decodeMessage(buf, Accepted.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Accepted>): Generator<AcceptedQueuePositionFieldEvent | AcceptedModelNameFieldEvent | AcceptedModelDigestFieldEvent | AcceptedContextSizeTokensFieldEvent> {
    return streamMessage(buf, Accepted.codec(), opts)
  }
}

export interface Progress {
  phase: number
  done: number
  total: number
}

export namespace Progress {
  let _codec: Codec<Progress>

  export const codec = (): Codec<Progress> => {
    if (_codec == null) {
      _codec = message<Progress>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.phase != null && obj.phase !== 0)) {
          w.uint32(8)
          w.uint32(obj.phase)
        }

        if ((obj.done != null && obj.done !== 0)) {
          w.uint32(16)
          w.uint32(obj.done)
        }

        if ((obj.total != null && obj.total !== 0)) {
          w.uint32(24)
          w.uint32(obj.total)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          phase: 0,
          done: 0,
          total: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.phase = reader.uint32()
              break
            }
            case 2: {
              obj.done = reader.uint32()
              break
            }
            case 3: {
              obj.total = reader.uint32()
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
                field: `${prefix}.phase`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.done`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.total`,
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

  export interface ProgressPhaseFieldEvent {
    field: '$.phase'
    value: number
  }

  export interface ProgressDoneFieldEvent {
    field: '$.done'
    value: number
  }

  export interface ProgressTotalFieldEvent {
    field: '$.total'
    value: number
  }

  export function encode (obj: Partial<Progress>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Progress.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Progress>): Progress {
    return decodeMessage(buf, Progress.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Progress>): Generator<ProgressPhaseFieldEvent | ProgressDoneFieldEvent | ProgressTotalFieldEvent> {
    return streamMessage(buf, Progress.codec(), opts)
  }
}

export interface Vectors {
  dimensions: number
  values: Uint8Array<ArrayBuffer>
}

export namespace Vectors {
  let _codec: Codec<Vectors>

  export const codec = (): Codec<Vectors> => {
    if (_codec == null) {
      _codec = message<Vectors>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.dimensions != null && obj.dimensions !== 0)) {
          w.uint32(8)
          w.uint32(obj.dimensions)
        }

        if ((obj.values != null && obj.values.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.values)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          dimensions: 0,
          values: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.dimensions = reader.uint32()
              break
            }
            case 2: {
              obj.values = reader.bytes()
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
                field: `${prefix}.dimensions`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.values`,
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

  export interface VectorsDimensionsFieldEvent {
    field: '$.dimensions'
    value: number
  }

  export interface VectorsValuesFieldEvent {
    field: '$.values'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Vectors>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Vectors.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Vectors>): Vectors {
    return decodeMessage(buf, Vectors.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Vectors>): Generator<VectorsDimensionsFieldEvent | VectorsValuesFieldEvent> {
    return streamMessage(buf, Vectors.codec(), opts)
  }
}

export interface Scores {
  values: Uint8Array<ArrayBuffer>
}

export namespace Scores {
  let _codec: Codec<Scores>

  export const codec = (): Codec<Scores> => {
    if (_codec == null) {
      _codec = message<Scores>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.values != null && obj.values.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.values)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          values: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.values = reader.bytes()
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
                field: `${prefix}.values`,
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

  export interface ScoresValuesFieldEvent {
    field: '$.values'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Scores>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Scores.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Scores>): Scores {
    return decodeMessage(buf, Scores.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Scores>): Generator<ScoresValuesFieldEvent> {
    return streamMessage(buf, Scores.codec(), opts)
  }
}

export interface End {
  promptTokens: number
}

export namespace End {
  let _codec: Codec<End>

  export const codec = (): Codec<End> => {
    if (_codec == null) {
      _codec = message<End>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.promptTokens != null && obj.promptTokens !== 0)) {
          w.uint32(8)
          w.uint32(obj.promptTokens)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          promptTokens: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.promptTokens = reader.uint32()
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
                field: `${prefix}.promptTokens`,
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

  export interface EndPromptTokensFieldEvent {
    field: '$.promptTokens'
    value: number
  }

  export function encode (obj: Partial<End>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, End.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<End>): End {
    return decodeMessage(buf, End.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<End>): Generator<EndPromptTokensFieldEvent> {
    return streamMessage(buf, End.codec(), opts)
  }
}

export interface Error {
  code: string
  message: string
  field: string
  promptTokens?: number
  contextSizeTokens?: number
  retryAfterMs?: number
  suggestions: string[]
}

export namespace Error {
  let _codec: Codec<Error>

  export const codec = (): Codec<Error> => {
    if (_codec == null) {
      _codec = message<Error>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.code != null && obj.code !== '')) {
          w.uint32(10)
          w.string(obj.code)
        }

        if ((obj.message != null && obj.message !== '')) {
          w.uint32(18)
          w.string(obj.message)
        }

        if ((obj.field != null && obj.field !== '')) {
          w.uint32(26)
          w.string(obj.field)
        }

        if (obj.promptTokens != null) {
          w.uint32(32)
          w.uint32(obj.promptTokens)
        }

        if (obj.contextSizeTokens != null) {
          w.uint32(40)
          w.uint32(obj.contextSizeTokens)
        }

        if (obj.retryAfterMs != null) {
          w.uint32(48)
          w.uint32(obj.retryAfterMs)
        }

        if (obj.suggestions != null && obj.suggestions.length > 0) {
          for (const value of obj.suggestions) {
            w.uint32(58)
            w.string(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          code: '',
          message: '',
          field: '',
          suggestions: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.code = reader.string()
              break
            }
            case 2: {
              obj.message = reader.string()
              break
            }
            case 3: {
              obj.field = reader.string()
              break
            }
            case 4: {
              obj.promptTokens = reader.uint32()
              break
            }
            case 5: {
              obj.contextSizeTokens = reader.uint32()
              break
            }
            case 6: {
              obj.retryAfterMs = reader.uint32()
              break
            }
            case 7: {
              if (opts.limits?.suggestions != null && obj.suggestions.length === opts.limits.suggestions) {
                throw new MaxLengthError('Decode error - repeated field "suggestions" had too many elements')
              }

              if (obj.suggestions.length === 4) {
                throw new MaxLengthError('Decode error - repeated field "suggestions" had too many elements')
              }

              obj.suggestions.push(reader.string())
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
          suggestions: 4
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.code`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.message`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.field`,
                value: reader.string()
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
                field: `${prefix}.contextSizeTokens`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.retryAfterMs`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              if (opts.limits?.suggestions != null && obj.suggestions === opts.limits.suggestions) {
                throw new MaxLengthError('Streaming decode error - repeated field "suggestions" had too many elements')
              }

              if (obj.suggestions === 4) {
                throw new MaxLengthError('Streaming decode error - repeated field "suggestions" had too many elements')
              }

              yield {
                field: `${prefix}.suggestions[]`,
                index: obj.suggestions,
                value: reader.string()
              }

              obj.suggestions++

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

  export interface ErrorCodeFieldEvent {
    field: '$.code'
    value: string
  }

  export interface ErrorMessageFieldEvent {
    field: '$.message'
    value: string
  }

  export interface ErrorFieldFieldEvent {
    field: '$.field'
    value: string
  }

  export interface ErrorPromptTokensFieldEvent {
    field: '$.promptTokens'
    value: number
  }

  export interface ErrorContextSizeTokensFieldEvent {
    field: '$.contextSizeTokens'
    value: number
  }

  export interface ErrorRetryAfterMsFieldEvent {
    field: '$.retryAfterMs'
    value: number
  }

  export interface ErrorSuggestionsFieldEvent {
    field: '$.suggestions[]'
    index: number
    value: string
  }

  export function encode (obj: Partial<Error>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Error.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Error>): Error {
    return decodeMessage(buf, Error.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Error>): Generator<ErrorCodeFieldEvent | ErrorMessageFieldEvent | ErrorFieldFieldEvent | ErrorPromptTokensFieldEvent | ErrorContextSizeTokensFieldEvent | ErrorRetryAfterMsFieldEvent | ErrorSuggestionsFieldEvent> {
    return streamMessage(buf, Error.codec(), opts)
  }
}
