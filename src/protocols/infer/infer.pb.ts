import { decodeMessage, encodeMessage, enumeration, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Request {
  model: string
  messages: Message[]
  maxTokens?: number
  sampling?: Sampling
  stop: string[]
  tools: Tool[]
  toolChoice?: ToolChoice
  responseFormat?: ResponseFormat
  logprobs?: number
  sessionId: string
  conversationTag: Uint8Array<ArrayBuffer>
  deadlineMs?: number
  acceptIf?: AcceptIf
  resume?: Resume
  canAcknowledge: boolean
  maxThoughtTokens?: number
  singleToolCall: boolean
  jobNonce: Uint8Array<ArrayBuffer>
}

export namespace Request {
  let _codec: Codec<Request>

  export const codec = (): Codec<Request> => {
    if (_codec == null) {
      _codec = message<Request>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.model != null && obj.model !== '')) {
          w.uint32(10)
          w.string(obj.model)
        }

        if (obj.messages != null && obj.messages.length > 0) {
          for (const value of obj.messages) {
            w.uint32(18)
            Message.codec().encode(value, w)
          }
        }

        if (obj.maxTokens != null) {
          w.uint32(24)
          w.uint32(obj.maxTokens)
        }

        if (obj.sampling != null) {
          w.uint32(34)
          Sampling.codec().encode(obj.sampling, w)
        }

        if (obj.stop != null && obj.stop.length > 0) {
          for (const value of obj.stop) {
            w.uint32(42)
            w.string(value)
          }
        }

        if (obj.tools != null && obj.tools.length > 0) {
          for (const value of obj.tools) {
            w.uint32(50)
            Tool.codec().encode(value, w)
          }
        }

        if (obj.toolChoice != null) {
          w.uint32(58)
          ToolChoice.codec().encode(obj.toolChoice, w)
        }

        if (obj.responseFormat != null) {
          w.uint32(66)
          ResponseFormat.codec().encode(obj.responseFormat, w)
        }

        if (obj.logprobs != null) {
          w.uint32(72)
          w.uint32(obj.logprobs)
        }

        if ((obj.sessionId != null && obj.sessionId !== '')) {
          w.uint32(82)
          w.string(obj.sessionId)
        }

        if ((obj.conversationTag != null && obj.conversationTag.byteLength > 0)) {
          w.uint32(90)
          w.bytes(obj.conversationTag)
        }

        if (obj.deadlineMs != null) {
          w.uint32(96)
          w.uint32(obj.deadlineMs)
        }

        if (obj.acceptIf != null) {
          w.uint32(106)
          AcceptIf.codec().encode(obj.acceptIf, w)
        }

        if (obj.resume != null) {
          w.uint32(114)
          Resume.codec().encode(obj.resume, w)
        }

        if ((obj.canAcknowledge != null && obj.canAcknowledge !== false)) {
          w.uint32(120)
          w.bool(obj.canAcknowledge)
        }

        if (obj.maxThoughtTokens != null) {
          w.uint32(128)
          w.uint32(obj.maxThoughtTokens)
        }

        if ((obj.singleToolCall != null && obj.singleToolCall !== false)) {
          w.uint32(136)
          w.bool(obj.singleToolCall)
        }

        if ((obj.jobNonce != null && obj.jobNonce.byteLength > 0)) {
          w.uint32(146)
          w.bytes(obj.jobNonce)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          model: '',
          messages: [],
          stop: [],
          tools: [],
          sessionId: '',
          conversationTag: uint8ArrayAlloc(0),
          canAcknowledge: false,
          singleToolCall: false,
          jobNonce: uint8ArrayAlloc(0)
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
              if (opts.limits?.messages != null && obj.messages.length === opts.limits.messages) {
                throw new MaxLengthError('Decode error - repeated field "messages" had too many elements')
              }

              if (obj.messages.length === 4096) {
                throw new MaxLengthError('Decode error - repeated field "messages" had too many elements')
              }

              obj.messages.push(Message.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.messages$
              }))
              break
            }
            case 3: {
              obj.maxTokens = reader.uint32()
              break
            }
            case 4: {
              obj.sampling = Sampling.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.sampling
              })
              break
            }
            case 5: {
              if (opts.limits?.stop != null && obj.stop.length === opts.limits.stop) {
                throw new MaxLengthError('Decode error - repeated field "stop" had too many elements')
              }

              if (obj.stop.length === 4) {
                throw new MaxLengthError('Decode error - repeated field "stop" had too many elements')
              }

              obj.stop.push(reader.string())
              break
            }
            case 6: {
              if (opts.limits?.tools != null && obj.tools.length === opts.limits.tools) {
                throw new MaxLengthError('Decode error - repeated field "tools" had too many elements')
              }

              if (obj.tools.length === 128) {
                throw new MaxLengthError('Decode error - repeated field "tools" had too many elements')
              }

              obj.tools.push(Tool.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.tools$
              }))
              break
            }
            case 7: {
              obj.toolChoice = ToolChoice.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.toolChoice
              })
              break
            }
            case 8: {
              obj.responseFormat = ResponseFormat.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.responseFormat
              })
              break
            }
            case 9: {
              obj.logprobs = reader.uint32()
              break
            }
            case 10: {
              obj.sessionId = reader.string()
              break
            }
            case 11: {
              obj.conversationTag = reader.bytes()
              break
            }
            case 12: {
              obj.deadlineMs = reader.uint32()
              break
            }
            case 13: {
              obj.acceptIf = AcceptIf.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.acceptIf
              })
              break
            }
            case 14: {
              obj.resume = Resume.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.resume
              })
              break
            }
            case 15: {
              obj.canAcknowledge = reader.bool()
              break
            }
            case 16: {
              obj.maxThoughtTokens = reader.uint32()
              break
            }
            case 17: {
              obj.singleToolCall = reader.bool()
              break
            }
            case 18: {
              obj.jobNonce = reader.bytes()
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
          messages: 4096,
          stop: 4,
          tools: 128
        }

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
              if (opts.limits?.messages != null && obj.messages === opts.limits.messages) {
                throw new MaxLengthError('Streaming decode error - repeated field "messages" had too many elements')
              }

              if (obj.messages === 4096) {
                throw new MaxLengthError('Streaming decode error - repeated field "messages" had too many elements')
              }

              for (const evt of Message.codec().stream(reader, reader.uint32(), `${prefix}.messages[]`, {
                limits: opts.limits?.messages$
              })) {
                yield {
                  ...evt,
                  index: obj.messages
                }
              }

              obj.messages++

              break
            }
            case 3: {
              yield {
                field: `${prefix}.maxTokens`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield * Sampling.codec().stream(reader, reader.uint32(), `${prefix}.sampling`, {
                limits: opts.limits?.sampling
              })

              break
            }
            case 5: {
              if (opts.limits?.stop != null && obj.stop === opts.limits.stop) {
                throw new MaxLengthError('Streaming decode error - repeated field "stop" had too many elements')
              }

              if (obj.stop === 4) {
                throw new MaxLengthError('Streaming decode error - repeated field "stop" had too many elements')
              }

              yield {
                field: `${prefix}.stop[]`,
                index: obj.stop,
                value: reader.string()
              }

              obj.stop++

              break
            }
            case 6: {
              if (opts.limits?.tools != null && obj.tools === opts.limits.tools) {
                throw new MaxLengthError('Streaming decode error - repeated field "tools" had too many elements')
              }

              if (obj.tools === 128) {
                throw new MaxLengthError('Streaming decode error - repeated field "tools" had too many elements')
              }

              for (const evt of Tool.codec().stream(reader, reader.uint32(), `${prefix}.tools[]`, {
                limits: opts.limits?.tools$
              })) {
                yield {
                  ...evt,
                  index: obj.tools
                }
              }

              obj.tools++

              break
            }
            case 7: {
              yield * ToolChoice.codec().stream(reader, reader.uint32(), `${prefix}.toolChoice`, {
                limits: opts.limits?.toolChoice
              })

              break
            }
            case 8: {
              yield * ResponseFormat.codec().stream(reader, reader.uint32(), `${prefix}.responseFormat`, {
                limits: opts.limits?.responseFormat
              })

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
                field: `${prefix}.sessionId`,
                value: reader.string()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.conversationTag`,
                value: reader.bytes()
              }
              break
            }
            case 12: {
              yield {
                field: `${prefix}.deadlineMs`,
                value: reader.uint32()
              }
              break
            }
            case 13: {
              yield * AcceptIf.codec().stream(reader, reader.uint32(), `${prefix}.acceptIf`, {
                limits: opts.limits?.acceptIf
              })

              break
            }
            case 14: {
              yield * Resume.codec().stream(reader, reader.uint32(), `${prefix}.resume`, {
                limits: opts.limits?.resume
              })

              break
            }
            case 15: {
              yield {
                field: `${prefix}.canAcknowledge`,
                value: reader.bool()
              }
              break
            }
            case 16: {
              yield {
                field: `${prefix}.maxThoughtTokens`,
                value: reader.uint32()
              }
              break
            }
            case 17: {
              yield {
                field: `${prefix}.singleToolCall`,
                value: reader.bool()
              }
              break
            }
            case 18: {
              yield {
                field: `${prefix}.jobNonce`,
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

  export interface RequestModelFieldEvent {
    field: '$.model'
    value: string
  }

  export interface RequestMessagesRoleFieldEvent {
    field: '$.messages[].role'
    value: Role
    index: number
  }

  export interface RequestMessagesPartsTextFieldEvent {
    field: '$.messages[].parts[].text'
    value: string
    index: number
  }

  export interface RequestMessagesPartsDataFieldEvent {
    field: '$.messages[].parts[].data'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface RequestMessagesPartsMediaTypeFieldEvent {
    field: '$.messages[].parts[].mediaType'
    value: string
    index: number
  }

  export interface RequestMessagesPartsAttachmentBytesFieldEvent {
    field: '$.messages[].parts[].attachmentBytes'
    value: number
    index: number
  }

  export interface RequestMessagesToolCallsIdFieldEvent {
    field: '$.messages[].toolCalls[].id'
    value: string
    index: number
  }

  export interface RequestMessagesToolCallsNameFieldEvent {
    field: '$.messages[].toolCalls[].name'
    value: string
    index: number
  }

  export interface RequestMessagesToolCallsArgumentsFieldEvent {
    field: '$.messages[].toolCalls[].arguments'
    value: string
    index: number
  }

  export interface RequestMessagesToolCallIdFieldEvent {
    field: '$.messages[].toolCallId'
    value: string
    index: number
  }

  export interface RequestMaxTokensFieldEvent {
    field: '$.maxTokens'
    value: number
  }

  export interface RequestSamplingTemperatureFieldEvent {
    field: '$.sampling.temperature'
    value: number
  }

  export interface RequestSamplingTopPFieldEvent {
    field: '$.sampling.topP'
    value: number
  }

  export interface RequestSamplingTopKFieldEvent {
    field: '$.sampling.topK'
    value: number
  }

  export interface RequestSamplingMinPFieldEvent {
    field: '$.sampling.minP'
    value: number
  }

  export interface RequestSamplingSeedFieldEvent {
    field: '$.sampling.seed'
    value: number
  }

  export interface RequestSamplingRepeatPenaltyFieldEvent {
    field: '$.sampling.repeatPenalty'
    value: number
  }

  export interface RequestSamplingFrequencyPenaltyFieldEvent {
    field: '$.sampling.frequencyPenalty'
    value: number
  }

  export interface RequestSamplingPresencePenaltyFieldEvent {
    field: '$.sampling.presencePenalty'
    value: number
  }

  export interface RequestStopFieldEvent {
    field: '$.stop[]'
    index: number
    value: string
  }

  export interface RequestToolsNameFieldEvent {
    field: '$.tools[].name'
    value: string
    index: number
  }

  export interface RequestToolsDescriptionFieldEvent {
    field: '$.tools[].description'
    value: string
    index: number
  }

  export interface RequestToolsParametersFieldEvent {
    field: '$.tools[].parameters'
    value: string
    index: number
  }

  export interface RequestToolChoiceModeFieldEvent {
    field: '$.toolChoice.mode'
    value: ToolChoiceMode
  }

  export interface RequestToolChoiceNameFieldEvent {
    field: '$.toolChoice.name'
    value: string
  }

  export interface RequestResponseFormatKindFieldEvent {
    field: '$.responseFormat.kind'
    value: ResponseFormatKind
  }

  export interface RequestResponseFormatSchemaFieldEvent {
    field: '$.responseFormat.schema'
    value: string
  }

  export interface RequestLogprobsFieldEvent {
    field: '$.logprobs'
    value: number
  }

  export interface RequestSessionIdFieldEvent {
    field: '$.sessionId'
    value: string
  }

  export interface RequestConversationTagFieldEvent {
    field: '$.conversationTag'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RequestDeadlineMsFieldEvent {
    field: '$.deadlineMs'
    value: number
  }

  export interface RequestAcceptIfFirstTokenMsFieldEvent {
    field: '$.acceptIf.firstTokenMs'
    value: number
  }

  export interface RequestAcceptIfTotalMsFieldEvent {
    field: '$.acceptIf.totalMs'
    value: number
  }

  export interface RequestAcceptIfPricePerKiloTokenFieldEvent {
    field: '$.acceptIf.pricePerKiloToken'
    value: number
  }

  export interface RequestAcceptIfExpectedTokensFieldEvent {
    field: '$.acceptIf.expectedTokens'
    value: number
  }

  export interface RequestResumeTextFieldEvent {
    field: '$.resume.text'
    value: string
  }

  export interface RequestResumeTokenIdsFieldEvent {
    field: '$.resume.tokenIds'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RequestResumeDigestFieldEvent {
    field: '$.resume.digest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RequestCanAcknowledgeFieldEvent {
    field: '$.canAcknowledge'
    value: boolean
  }

  export interface RequestMaxThoughtTokensFieldEvent {
    field: '$.maxThoughtTokens'
    value: number
  }

  export interface RequestSingleToolCallFieldEvent {
    field: '$.singleToolCall'
    value: boolean
  }

  export interface RequestJobNonceFieldEvent {
    field: '$.jobNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Request>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Request.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Request>): Request {
    return decodeMessage(buf, Request.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Request>): Generator<RequestModelFieldEvent | RequestMessagesRoleFieldEvent | RequestMessagesPartsTextFieldEvent | RequestMessagesPartsDataFieldEvent | RequestMessagesPartsMediaTypeFieldEvent | RequestMessagesPartsAttachmentBytesFieldEvent | RequestMessagesToolCallsIdFieldEvent | RequestMessagesToolCallsNameFieldEvent | RequestMessagesToolCallsArgumentsFieldEvent | RequestMessagesToolCallIdFieldEvent | RequestMaxTokensFieldEvent | RequestSamplingTemperatureFieldEvent | RequestSamplingTopPFieldEvent | RequestSamplingTopKFieldEvent | RequestSamplingMinPFieldEvent | RequestSamplingSeedFieldEvent | RequestSamplingRepeatPenaltyFieldEvent | RequestSamplingFrequencyPenaltyFieldEvent | RequestSamplingPresencePenaltyFieldEvent | RequestStopFieldEvent | RequestToolsNameFieldEvent | RequestToolsDescriptionFieldEvent | RequestToolsParametersFieldEvent | RequestToolChoiceModeFieldEvent | RequestToolChoiceNameFieldEvent | RequestResponseFormatKindFieldEvent | RequestResponseFormatSchemaFieldEvent | RequestLogprobsFieldEvent | RequestSessionIdFieldEvent | RequestConversationTagFieldEvent | RequestDeadlineMsFieldEvent | RequestAcceptIfFirstTokenMsFieldEvent | RequestAcceptIfTotalMsFieldEvent | RequestAcceptIfPricePerKiloTokenFieldEvent | RequestAcceptIfExpectedTokensFieldEvent | RequestResumeTextFieldEvent | RequestResumeTokenIdsFieldEvent | RequestResumeDigestFieldEvent | RequestCanAcknowledgeFieldEvent | RequestMaxThoughtTokensFieldEvent | RequestSingleToolCallFieldEvent | RequestJobNonceFieldEvent> {
    return streamMessage(buf, Request.codec(), opts)
  }
}

export enum Role {
  ROLE_UNSPECIFIED = 'ROLE_UNSPECIFIED',
  SYSTEM = 'SYSTEM',
  USER = 'USER',
  ASSISTANT = 'ASSISTANT',
  TOOL = 'TOOL'
}

enum __RoleValues {
  ROLE_UNSPECIFIED = 0,
  SYSTEM = 1,
  USER = 2,
  ASSISTANT = 3,
  TOOL = 4
}

export namespace Role {
  export const codec = (): Codec<Role> => {
    return enumeration<Role>(__RoleValues)
  }
}

export interface Message {
  role: Role
  parts: Part[]
  toolCalls: ToolCall[]
  toolCallId: string
}

export namespace Message {
  let _codec: Codec<Message>

  export const codec = (): Codec<Message> => {
    if (_codec == null) {
      _codec = message<Message>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.role != null && __RoleValues[obj.role] !== 0) {
          w.uint32(8)
          Role.codec().encode(obj.role, w)
        }

        if (obj.parts != null && obj.parts.length > 0) {
          for (const value of obj.parts) {
            w.uint32(18)
            Part.codec().encode(value, w)
          }
        }

        if (obj.toolCalls != null && obj.toolCalls.length > 0) {
          for (const value of obj.toolCalls) {
            w.uint32(26)
            ToolCall.codec().encode(value, w)
          }
        }

        if ((obj.toolCallId != null && obj.toolCallId !== '')) {
          w.uint32(34)
          w.string(obj.toolCallId)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          role: Role.ROLE_UNSPECIFIED,
          parts: [],
          toolCalls: [],
          toolCallId: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.role = Role.codec().decode(reader)
              break
            }
            case 2: {
              if (opts.limits?.parts != null && obj.parts.length === opts.limits.parts) {
                throw new MaxLengthError('Decode error - repeated field "parts" had too many elements')
              }

              if (obj.parts.length === 256) {
                throw new MaxLengthError('Decode error - repeated field "parts" had too many elements')
              }

              obj.parts.push(Part.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.parts$
              }))
              break
            }
            case 3: {
              if (opts.limits?.toolCalls != null && obj.toolCalls.length === opts.limits.toolCalls) {
                throw new MaxLengthError('Decode error - repeated field "toolCalls" had too many elements')
              }

              if (obj.toolCalls.length === 128) {
                throw new MaxLengthError('Decode error - repeated field "toolCalls" had too many elements')
              }

              obj.toolCalls.push(ToolCall.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.toolCalls$
              }))
              break
            }
            case 4: {
              obj.toolCallId = reader.string()
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
          parts: 256,
          toolCalls: 128
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.role`,
                value: Role.codec().decode(reader)
              }
              break
            }
            case 2: {
              if (opts.limits?.parts != null && obj.parts === opts.limits.parts) {
                throw new MaxLengthError('Streaming decode error - repeated field "parts" had too many elements')
              }

              if (obj.parts === 256) {
                throw new MaxLengthError('Streaming decode error - repeated field "parts" had too many elements')
              }

              for (const evt of Part.codec().stream(reader, reader.uint32(), `${prefix}.parts[]`, {
                limits: opts.limits?.parts$
              })) {
                yield {
                  ...evt,
                  index: obj.parts
                }
              }

              obj.parts++

              break
            }
            case 3: {
              if (opts.limits?.toolCalls != null && obj.toolCalls === opts.limits.toolCalls) {
                throw new MaxLengthError('Streaming decode error - repeated field "toolCalls" had too many elements')
              }

              if (obj.toolCalls === 128) {
                throw new MaxLengthError('Streaming decode error - repeated field "toolCalls" had too many elements')
              }

              for (const evt of ToolCall.codec().stream(reader, reader.uint32(), `${prefix}.toolCalls[]`, {
                limits: opts.limits?.toolCalls$
              })) {
                yield {
                  ...evt,
                  index: obj.toolCalls
                }
              }

              obj.toolCalls++

              break
            }
            case 4: {
              yield {
                field: `${prefix}.toolCallId`,
                value: reader.string()
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

  export interface MessageRoleFieldEvent {
    field: '$.role'
    value: Role
  }

  export interface MessagePartsTextFieldEvent {
    field: '$.parts[].text'
    value: string
    index: number
  }

  export interface MessagePartsDataFieldEvent {
    field: '$.parts[].data'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface MessagePartsMediaTypeFieldEvent {
    field: '$.parts[].mediaType'
    value: string
    index: number
  }

  export interface MessagePartsAttachmentBytesFieldEvent {
    field: '$.parts[].attachmentBytes'
    value: number
    index: number
  }

  export interface MessageToolCallsIdFieldEvent {
    field: '$.toolCalls[].id'
    value: string
    index: number
  }

  export interface MessageToolCallsNameFieldEvent {
    field: '$.toolCalls[].name'
    value: string
    index: number
  }

  export interface MessageToolCallsArgumentsFieldEvent {
    field: '$.toolCalls[].arguments'
    value: string
    index: number
  }

  export interface MessageToolCallIdFieldEvent {
    field: '$.toolCallId'
    value: string
  }

  export function encode (obj: Partial<Message>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Message.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Message>): Message {
    return decodeMessage(buf, Message.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Message>): Generator<MessageRoleFieldEvent | MessagePartsTextFieldEvent | MessagePartsDataFieldEvent | MessagePartsMediaTypeFieldEvent | MessagePartsAttachmentBytesFieldEvent | MessageToolCallsIdFieldEvent | MessageToolCallsNameFieldEvent | MessageToolCallsArgumentsFieldEvent | MessageToolCallIdFieldEvent> {
    return streamMessage(buf, Message.codec(), opts)
  }
}

export interface Part {
  text?: string
  data?: Uint8Array<ArrayBuffer>
  mediaType: string
  attachmentBytes?: number
}

export namespace Part {
  let _codec: Codec<Part>

  export const codec = (): Codec<Part> => {
    if (_codec == null) {
      _codec = message<Part>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.text != null) {
          w.uint32(10)
          w.string(obj.text)
        }

        if (obj.data != null) {
          w.uint32(18)
          w.bytes(obj.data)
        }

        if ((obj.mediaType != null && obj.mediaType !== '')) {
          w.uint32(26)
          w.string(obj.mediaType)
        }

        if (obj.attachmentBytes != null) {
          w.uint32(32)
          w.uint32(obj.attachmentBytes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          mediaType: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.text = reader.string()
              break
            }
            case 2: {
              obj.data = reader.bytes()
              break
            }
            case 3: {
              obj.mediaType = reader.string()
              break
            }
            case 4: {
              obj.attachmentBytes = reader.uint32()
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
                field: `${prefix}.text`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.data`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.mediaType`,
                value: reader.string()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.attachmentBytes`,
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

  export interface PartTextFieldEvent {
    field: '$.text'
    value: string
  }

  export interface PartDataFieldEvent {
    field: '$.data'
    value: Uint8Array<ArrayBuffer>
  }

  export interface PartMediaTypeFieldEvent {
    field: '$.mediaType'
    value: string
  }

  export interface PartAttachmentBytesFieldEvent {
    field: '$.attachmentBytes'
    value: number
  }

  export function encode (obj: Partial<Part>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Part.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Part>): Part {
    return decodeMessage(buf, Part.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Part>): Generator<PartTextFieldEvent | PartDataFieldEvent | PartMediaTypeFieldEvent | PartAttachmentBytesFieldEvent> {
    return streamMessage(buf, Part.codec(), opts)
  }
}

export interface Tool {
  name: string
  description: string
  parameters: string
}

export namespace Tool {
  let _codec: Codec<Tool>

  export const codec = (): Codec<Tool> => {
    if (_codec == null) {
      _codec = message<Tool>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.name != null && obj.name !== '')) {
          w.uint32(10)
          w.string(obj.name)
        }

        if ((obj.description != null && obj.description !== '')) {
          w.uint32(18)
          w.string(obj.description)
        }

        if ((obj.parameters != null && obj.parameters !== '')) {
          w.uint32(26)
          w.string(obj.parameters)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          name: '',
          description: '',
          parameters: ''
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
              obj.description = reader.string()
              break
            }
            case 3: {
              obj.parameters = reader.string()
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
                field: `${prefix}.description`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.parameters`,
                value: reader.string()
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

  export interface ToolNameFieldEvent {
    field: '$.name'
    value: string
  }

  export interface ToolDescriptionFieldEvent {
    field: '$.description'
    value: string
  }

  export interface ToolParametersFieldEvent {
    field: '$.parameters'
    value: string
  }

  export function encode (obj: Partial<Tool>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Tool.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Tool>): Tool {
    return decodeMessage(buf, Tool.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Tool>): Generator<ToolNameFieldEvent | ToolDescriptionFieldEvent | ToolParametersFieldEvent> {
    return streamMessage(buf, Tool.codec(), opts)
  }
}

export interface ToolChoice {
  mode: ToolChoiceMode
  name: string
}

export namespace ToolChoice {
  let _codec: Codec<ToolChoice>

  export const codec = (): Codec<ToolChoice> => {
    if (_codec == null) {
      _codec = message<ToolChoice>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.mode != null && __ToolChoiceModeValues[obj.mode] !== 0) {
          w.uint32(8)
          ToolChoiceMode.codec().encode(obj.mode, w)
        }

        if ((obj.name != null && obj.name !== '')) {
          w.uint32(18)
          w.string(obj.name)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          mode: ToolChoiceMode.AUTO,
          name: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.mode = ToolChoiceMode.codec().decode(reader)
              break
            }
            case 2: {
              obj.name = reader.string()
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
                field: `${prefix}.mode`,
                value: ToolChoiceMode.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.name`,
                value: reader.string()
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

  export interface ToolChoiceModeFieldEvent {
    field: '$.mode'
    value: ToolChoiceMode
  }

  export interface ToolChoiceNameFieldEvent {
    field: '$.name'
    value: string
  }

  export function encode (obj: Partial<ToolChoice>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ToolChoice.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ToolChoice>): ToolChoice {
    return decodeMessage(buf, ToolChoice.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ToolChoice>): Generator<ToolChoiceModeFieldEvent | ToolChoiceNameFieldEvent> {
    return streamMessage(buf, ToolChoice.codec(), opts)
  }
}

export enum ToolChoiceMode {
  AUTO = 'AUTO',
  NONE = 'NONE',
  REQUIRED = 'REQUIRED',
  NAMED = 'NAMED'
}

enum __ToolChoiceModeValues {
  AUTO = 0,
  NONE = 1,
  REQUIRED = 2,
  NAMED = 3
}

export namespace ToolChoiceMode {
  export const codec = (): Codec<ToolChoiceMode> => {
    return enumeration<ToolChoiceMode>(__ToolChoiceModeValues)
  }
}

export interface ResponseFormat {
  kind: ResponseFormatKind
  schema: string
}

export namespace ResponseFormat {
  let _codec: Codec<ResponseFormat>

  export const codec = (): Codec<ResponseFormat> => {
    if (_codec == null) {
      _codec = message<ResponseFormat>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.kind != null && __ResponseFormatKindValues[obj.kind] !== 0) {
          w.uint32(8)
          ResponseFormatKind.codec().encode(obj.kind, w)
        }

        if ((obj.schema != null && obj.schema !== '')) {
          w.uint32(18)
          w.string(obj.schema)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          kind: ResponseFormatKind.TEXT,
          schema: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.kind = ResponseFormatKind.codec().decode(reader)
              break
            }
            case 2: {
              obj.schema = reader.string()
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
                field: `${prefix}.kind`,
                value: ResponseFormatKind.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.schema`,
                value: reader.string()
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

  export interface ResponseFormatKindFieldEvent {
    field: '$.kind'
    value: ResponseFormatKind
  }

  export interface ResponseFormatSchemaFieldEvent {
    field: '$.schema'
    value: string
  }

  export function encode (obj: Partial<ResponseFormat>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ResponseFormat.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ResponseFormat>): ResponseFormat {
    return decodeMessage(buf, ResponseFormat.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ResponseFormat>): Generator<ResponseFormatKindFieldEvent | ResponseFormatSchemaFieldEvent> {
    return streamMessage(buf, ResponseFormat.codec(), opts)
  }
}

export enum ResponseFormatKind {
  TEXT = 'TEXT',
  JSON = 'JSON',
  JSON_SCHEMA = 'JSON_SCHEMA'
}

enum __ResponseFormatKindValues {
  TEXT = 0,
  JSON = 1,
  JSON_SCHEMA = 2
}

export namespace ResponseFormatKind {
  export const codec = (): Codec<ResponseFormatKind> => {
    return enumeration<ResponseFormatKind>(__ResponseFormatKindValues)
  }
}

export interface Sampling {
  temperature?: number
  topP?: number
  topK?: number
  minP?: number
  seed?: number
  repeatPenalty?: number
  frequencyPenalty?: number
  presencePenalty?: number
}

export namespace Sampling {
  let _codec: Codec<Sampling>

  export const codec = (): Codec<Sampling> => {
    if (_codec == null) {
      _codec = message<Sampling>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.temperature != null) {
          w.uint32(13)
          w.float(obj.temperature)
        }

        if (obj.topP != null) {
          w.uint32(21)
          w.float(obj.topP)
        }

        if (obj.topK != null) {
          w.uint32(24)
          w.uint32(obj.topK)
        }

        if (obj.minP != null) {
          w.uint32(37)
          w.float(obj.minP)
        }

        if (obj.seed != null) {
          w.uint32(40)
          w.uint32(obj.seed)
        }

        if (obj.repeatPenalty != null) {
          w.uint32(53)
          w.float(obj.repeatPenalty)
        }

        if (obj.frequencyPenalty != null) {
          w.uint32(61)
          w.float(obj.frequencyPenalty)
        }

        if (obj.presencePenalty != null) {
          w.uint32(69)
          w.float(obj.presencePenalty)
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
              obj.temperature = reader.float()
              break
            }
            case 2: {
              obj.topP = reader.float()
              break
            }
            case 3: {
              obj.topK = reader.uint32()
              break
            }
            case 4: {
              obj.minP = reader.float()
              break
            }
            case 5: {
              obj.seed = reader.uint32()
              break
            }
            case 6: {
              obj.repeatPenalty = reader.float()
              break
            }
            case 7: {
              obj.frequencyPenalty = reader.float()
              break
            }
            case 8: {
              obj.presencePenalty = reader.float()
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
                field: `${prefix}.temperature`,
                value: reader.float()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.topP`,
                value: reader.float()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.topK`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.minP`,
                value: reader.float()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.seed`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.repeatPenalty`,
                value: reader.float()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.frequencyPenalty`,
                value: reader.float()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.presencePenalty`,
                value: reader.float()
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

  export interface SamplingTemperatureFieldEvent {
    field: '$.temperature'
    value: number
  }

  export interface SamplingTopPFieldEvent {
    field: '$.topP'
    value: number
  }

  export interface SamplingTopKFieldEvent {
    field: '$.topK'
    value: number
  }

  export interface SamplingMinPFieldEvent {
    field: '$.minP'
    value: number
  }

  export interface SamplingSeedFieldEvent {
    field: '$.seed'
    value: number
  }

  export interface SamplingRepeatPenaltyFieldEvent {
    field: '$.repeatPenalty'
    value: number
  }

  export interface SamplingFrequencyPenaltyFieldEvent {
    field: '$.frequencyPenalty'
    value: number
  }

  export interface SamplingPresencePenaltyFieldEvent {
    field: '$.presencePenalty'
    value: number
  }

  export function encode (obj: Partial<Sampling>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Sampling.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Sampling>): Sampling {
    return decodeMessage(buf, Sampling.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Sampling>): Generator<SamplingTemperatureFieldEvent | SamplingTopPFieldEvent | SamplingTopKFieldEvent | SamplingMinPFieldEvent | SamplingSeedFieldEvent | SamplingRepeatPenaltyFieldEvent | SamplingFrequencyPenaltyFieldEvent | SamplingPresencePenaltyFieldEvent> {
    return streamMessage(buf, Sampling.codec(), opts)
  }
}

export interface AcceptIf {
  firstTokenMs?: number
  totalMs?: number
  pricePerKiloToken?: number
  expectedTokens?: number
}

export namespace AcceptIf {
  let _codec: Codec<AcceptIf>

  export const codec = (): Codec<AcceptIf> => {
    if (_codec == null) {
      _codec = message<AcceptIf>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.firstTokenMs != null) {
          w.uint32(8)
          w.uint32(obj.firstTokenMs)
        }

        if (obj.totalMs != null) {
          w.uint32(16)
          w.uint32(obj.totalMs)
        }

        if (obj.pricePerKiloToken != null) {
          w.uint32(24)
          w.uint32(obj.pricePerKiloToken)
        }

        if (obj.expectedTokens != null) {
          w.uint32(32)
          w.uint32(obj.expectedTokens)
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
              obj.firstTokenMs = reader.uint32()
              break
            }
            case 2: {
              obj.totalMs = reader.uint32()
              break
            }
            case 3: {
              obj.pricePerKiloToken = reader.uint32()
              break
            }
            case 4: {
              obj.expectedTokens = reader.uint32()
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
                field: `${prefix}.firstTokenMs`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.totalMs`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.pricePerKiloToken`,
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

  export interface AcceptIfFirstTokenMsFieldEvent {
    field: '$.firstTokenMs'
    value: number
  }

  export interface AcceptIfTotalMsFieldEvent {
    field: '$.totalMs'
    value: number
  }

  export interface AcceptIfPricePerKiloTokenFieldEvent {
    field: '$.pricePerKiloToken'
    value: number
  }

  export interface AcceptIfExpectedTokensFieldEvent {
    field: '$.expectedTokens'
    value: number
  }

  export function encode (obj: Partial<AcceptIf>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, AcceptIf.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AcceptIf>): AcceptIf {
    return decodeMessage(buf, AcceptIf.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AcceptIf>): Generator<AcceptIfFirstTokenMsFieldEvent | AcceptIfTotalMsFieldEvent | AcceptIfPricePerKiloTokenFieldEvent | AcceptIfExpectedTokensFieldEvent> {
    return streamMessage(buf, AcceptIf.codec(), opts)
  }
}

export interface Resume {
  text: string
  tokenIds: Uint8Array<ArrayBuffer>
  digest: Uint8Array<ArrayBuffer>
}

export namespace Resume {
  let _codec: Codec<Resume>

  export const codec = (): Codec<Resume> => {
    if (_codec == null) {
      _codec = message<Resume>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.text != null && obj.text !== '')) {
          w.uint32(10)
          w.string(obj.text)
        }

        if ((obj.tokenIds != null && obj.tokenIds.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.tokenIds)
        }

        if ((obj.digest != null && obj.digest.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.digest)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          text: '',
          tokenIds: uint8ArrayAlloc(0),
          digest: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.text = reader.string()
              break
            }
            case 2: {
              obj.tokenIds = reader.bytes()
              break
            }
            case 3: {
              obj.digest = reader.bytes()
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
                field: `${prefix}.text`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.tokenIds`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.digest`,
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

  export interface ResumeTextFieldEvent {
    field: '$.text'
    value: string
  }

  export interface ResumeTokenIdsFieldEvent {
    field: '$.tokenIds'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ResumeDigestFieldEvent {
    field: '$.digest'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Resume>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Resume.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Resume>): Resume {
    return decodeMessage(buf, Resume.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Resume>): Generator<ResumeTextFieldEvent | ResumeTokenIdsFieldEvent | ResumeDigestFieldEvent> {
    return streamMessage(buf, Resume.codec(), opts)
  }
}

export interface ClientFrame {
  acknowledgement?: Acknowledgement
}

export namespace ClientFrame {
  let _codec: Codec<ClientFrame>

  export const codec = (): Codec<ClientFrame> => {
    if (_codec == null) {
      _codec = message<ClientFrame>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.acknowledgement != null) {
          w.uint32(10)
          Acknowledgement.codec().encode(obj.acknowledgement, w)
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
              obj.acknowledgement = Acknowledgement.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.acknowledgement
              })
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
              yield * Acknowledgement.codec().stream(reader, reader.uint32(), `${prefix}.acknowledgement`, {
                limits: opts.limits?.acknowledgement
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

  export interface ClientFrameAcknowledgementTokensFieldEvent {
    field: '$.acknowledgement.tokens'
    value: number
  }

  export interface ClientFrameAcknowledgementEnvelopeFieldEvent {
    field: '$.acknowledgement.envelope'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<ClientFrame>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ClientFrame.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ClientFrame>): ClientFrame {
    return decodeMessage(buf, ClientFrame.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ClientFrame>): Generator<ClientFrameAcknowledgementTokensFieldEvent | ClientFrameAcknowledgementEnvelopeFieldEvent> {
    return streamMessage(buf, ClientFrame.codec(), opts)
  }
}

export interface Acknowledgement {
  tokens: number
  envelope: Uint8Array<ArrayBuffer>
}

export namespace Acknowledgement {
  let _codec: Codec<Acknowledgement>

  export const codec = (): Codec<Acknowledgement> => {
    if (_codec == null) {
      _codec = message<Acknowledgement>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.tokens != null && obj.tokens !== 0)) {
          w.uint32(8)
          w.uint32(obj.tokens)
        }

        if ((obj.envelope != null && obj.envelope.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.envelope)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          tokens: 0,
          envelope: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.tokens = reader.uint32()
              break
            }
            case 2: {
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
                field: `${prefix}.tokens`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
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

  export interface AcknowledgementTokensFieldEvent {
    field: '$.tokens'
    value: number
  }

  export interface AcknowledgementEnvelopeFieldEvent {
    field: '$.envelope'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Acknowledgement>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Acknowledgement.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Acknowledgement>): Acknowledgement {
    return decodeMessage(buf, Acknowledgement.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Acknowledgement>): Generator<AcknowledgementTokensFieldEvent | AcknowledgementEnvelopeFieldEvent> {
    return streamMessage(buf, Acknowledgement.codec(), opts)
  }
}

export interface ServerFrame {
  accepted?: Accepted
  progress?: Progress
  delta?: Delta
  end?: End
  error?: Error
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

        if (obj.error != null) {
          obj.end = undefined
          obj.delta = undefined
          obj.progress = undefined
          obj.accepted = undefined
        }

        if (obj.end != null) {
          obj.error = undefined
          obj.delta = undefined
          obj.progress = undefined
          obj.accepted = undefined
        }

        if (obj.delta != null) {
          obj.error = undefined
          obj.end = undefined
          obj.progress = undefined
          obj.accepted = undefined
        }

        if (obj.progress != null) {
          obj.error = undefined
          obj.end = undefined
          obj.delta = undefined
          obj.accepted = undefined
        }

        if (obj.accepted != null) {
          obj.error = undefined
          obj.end = undefined
          obj.delta = undefined
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

        if (obj.delta != null) {
          w.uint32(26)
          Delta.codec().encode(obj.delta, w)
        }

        if (obj.end != null) {
          w.uint32(34)
          End.codec().encode(obj.end, w)
        }

        if (obj.error != null) {
          w.uint32(42)
          Error.codec().encode(obj.error, w)
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
              obj.delta = Delta.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.delta
              })
              break
            }
            case 4: {
              obj.end = End.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.end
              })
              break
            }
            case 5: {
              obj.error = Error.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.error
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.error != null) {
          delete obj.end
          delete obj.delta
          delete obj.progress
          delete obj.accepted
        }

        if (obj.end != null) {
          delete obj.error
          delete obj.delta
          delete obj.progress
          delete obj.accepted
        }

        if (obj.delta != null) {
          delete obj.error
          delete obj.end
          delete obj.progress
          delete obj.accepted
        }

        if (obj.progress != null) {
          delete obj.error
          delete obj.end
          delete obj.delta
          delete obj.accepted
        }

        if (obj.accepted != null) {
          delete obj.error
          delete obj.end
          delete obj.delta
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
              yield * Delta.codec().stream(reader, reader.uint32(), `${prefix}.delta`, {
                limits: opts.limits?.delta
              })

              break
            }
            case 4: {
              yield * End.codec().stream(reader, reader.uint32(), `${prefix}.end`, {
                limits: opts.limits?.end
              })

              break
            }
            case 5: {
              yield * Error.codec().stream(reader, reader.uint32(), `${prefix}.error`, {
                limits: opts.limits?.error
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

  export interface ServerFrameAcceptedAcknowledgeEveryTokensFieldEvent {
    field: '$.accepted.acknowledgeEveryTokens'
    value: number
  }

  export interface ServerFrameAcceptedJobNonceFieldEvent {
    field: '$.accepted.jobNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ServerFrameAcceptedPricePerKiloTokenFieldEvent {
    field: '$.accepted.pricePerKiloToken'
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

  export interface ServerFrameDeltaTextFieldEvent {
    field: '$.delta.text'
    value: string
  }

  export interface ServerFrameDeltaTokenIdsFieldEvent {
    field: '$.delta.tokenIds'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ServerFrameDeltaTokenCountFieldEvent {
    field: '$.delta.tokenCount'
    value: number
  }

  export interface ServerFrameDeltaThoughtFieldEvent {
    field: '$.delta.thought'
    value: boolean
  }

  export interface ServerFrameDeltaLogprobsTokenFieldEvent {
    field: '$.delta.logprobs[].token'
    value: string
    index: number
  }

  export interface ServerFrameDeltaLogprobsLogprobFieldEvent {
    field: '$.delta.logprobs[].logprob'
    value: number
    index: number
  }

  export interface ServerFrameDeltaLogprobsTopTokenFieldEvent {
    field: '$.delta.logprobs[].top[].token'
    value: string
    index: number
  }

  export interface ServerFrameDeltaLogprobsTopLogprobFieldEvent {
    field: '$.delta.logprobs[].top[].logprob'
    value: number
    index: number
  }

  export interface ServerFrameDeltaToolCallsIdFieldEvent {
    field: '$.delta.toolCalls[].id'
    value: string
    index: number
  }

  export interface ServerFrameDeltaToolCallsNameFieldEvent {
    field: '$.delta.toolCalls[].name'
    value: string
    index: number
  }

  export interface ServerFrameDeltaToolCallsArgumentsFieldEvent {
    field: '$.delta.toolCalls[].arguments'
    value: string
    index: number
  }

  export interface ServerFrameEndFinishReasonFieldEvent {
    field: '$.end.finishReason'
    value: number
  }

  export interface ServerFrameEndPromptTokensFieldEvent {
    field: '$.end.promptTokens'
    value: number
  }

  export interface ServerFrameEndCachedPromptTokensFieldEvent {
    field: '$.end.cachedPromptTokens'
    value: number
  }

  export interface ServerFrameEndCompletionTokensFieldEvent {
    field: '$.end.completionTokens'
    value: number
  }

  export interface ServerFrameEndQueuedMsFieldEvent {
    field: '$.end.queuedMs'
    value: number
  }

  export interface ServerFrameEndPrefillMsFieldEvent {
    field: '$.end.prefillMs'
    value: number
  }

  export interface ServerFrameEndDecodeMsFieldEvent {
    field: '$.end.decodeMs'
    value: number
  }

  export interface ServerFrameEndConversationTagFieldEvent {
    field: '$.end.conversationTag'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ServerFrameEndThoughtTokensFieldEvent {
    field: '$.end.thoughtTokens'
    value: number
  }

  export interface ServerFrameEndStopSequenceFieldEvent {
    field: '$.end.stopSequence'
    value: string
  }

  export interface ServerFrameEndReceiptFieldEvent {
    field: '$.end.receipt'
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

  export interface ServerFrameErrorQuoteFieldEvent {
    field: '$.error.quote'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<ServerFrame>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ServerFrame.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ServerFrame>): ServerFrame {
    return decodeMessage(buf, ServerFrame.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ServerFrame>): Generator<ServerFrameAcceptedQueuePositionFieldEvent | ServerFrameAcceptedModelNameFieldEvent | ServerFrameAcceptedModelDigestFieldEvent | ServerFrameAcceptedContextSizeTokensFieldEvent | ServerFrameAcceptedAcknowledgeEveryTokensFieldEvent | ServerFrameAcceptedJobNonceFieldEvent | ServerFrameAcceptedPricePerKiloTokenFieldEvent | ServerFrameProgressPhaseFieldEvent | ServerFrameProgressDoneFieldEvent | ServerFrameProgressTotalFieldEvent | ServerFrameDeltaTextFieldEvent | ServerFrameDeltaTokenIdsFieldEvent | ServerFrameDeltaTokenCountFieldEvent | ServerFrameDeltaThoughtFieldEvent | ServerFrameDeltaLogprobsTokenFieldEvent | ServerFrameDeltaLogprobsLogprobFieldEvent | ServerFrameDeltaLogprobsTopTokenFieldEvent | ServerFrameDeltaLogprobsTopLogprobFieldEvent | ServerFrameDeltaToolCallsIdFieldEvent | ServerFrameDeltaToolCallsNameFieldEvent | ServerFrameDeltaToolCallsArgumentsFieldEvent | ServerFrameEndFinishReasonFieldEvent | ServerFrameEndPromptTokensFieldEvent | ServerFrameEndCachedPromptTokensFieldEvent | ServerFrameEndCompletionTokensFieldEvent | ServerFrameEndQueuedMsFieldEvent | ServerFrameEndPrefillMsFieldEvent | ServerFrameEndDecodeMsFieldEvent | ServerFrameEndConversationTagFieldEvent | ServerFrameEndThoughtTokensFieldEvent | ServerFrameEndStopSequenceFieldEvent | ServerFrameEndReceiptFieldEvent | ServerFrameErrorCodeFieldEvent | ServerFrameErrorMessageFieldEvent | ServerFrameErrorFieldFieldEvent | ServerFrameErrorPromptTokensFieldEvent | ServerFrameErrorContextSizeTokensFieldEvent | ServerFrameErrorRetryAfterMsFieldEvent | ServerFrameErrorSuggestionsFieldEvent | ServerFrameErrorQuoteFieldEvent> {
    return streamMessage(buf, ServerFrame.codec(), opts)
  }
}

export interface Accepted {
  queuePosition: number
  modelName: string
  modelDigest: Uint8Array<ArrayBuffer>
  contextSizeTokens: number
  acknowledgeEveryTokens: number
  jobNonce: Uint8Array<ArrayBuffer>
  pricePerKiloToken: number
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

        if ((obj.acknowledgeEveryTokens != null && obj.acknowledgeEveryTokens !== 0)) {
          w.uint32(40)
          w.uint32(obj.acknowledgeEveryTokens)
        }

        if ((obj.jobNonce != null && obj.jobNonce.byteLength > 0)) {
          w.uint32(50)
          w.bytes(obj.jobNonce)
        }

        if ((obj.pricePerKiloToken != null && obj.pricePerKiloToken !== 0)) {
          w.uint32(56)
          w.uint32(obj.pricePerKiloToken)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          queuePosition: 0,
          modelName: '',
          modelDigest: uint8ArrayAlloc(0),
          contextSizeTokens: 0,
          acknowledgeEveryTokens: 0,
          jobNonce: uint8ArrayAlloc(0),
          pricePerKiloToken: 0
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
            case 5: {
              obj.acknowledgeEveryTokens = reader.uint32()
              break
            }
            case 6: {
              obj.jobNonce = reader.bytes()
              break
            }
            case 7: {
              obj.pricePerKiloToken = reader.uint32()
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
            case 5: {
              yield {
                field: `${prefix}.acknowledgeEveryTokens`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.jobNonce`,
                value: reader.bytes()
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

  export interface AcceptedAcknowledgeEveryTokensFieldEvent {
    field: '$.acknowledgeEveryTokens'
    value: number
  }

  export interface AcceptedJobNonceFieldEvent {
    field: '$.jobNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AcceptedPricePerKiloTokenFieldEvent {
    field: '$.pricePerKiloToken'
    value: number
  }

  export function encode (obj: Partial<Accepted>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Accepted.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Accepted>): Accepted {
    return decodeMessage(buf, Accepted.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Accepted>): Generator<AcceptedQueuePositionFieldEvent | AcceptedModelNameFieldEvent | AcceptedModelDigestFieldEvent | AcceptedContextSizeTokensFieldEvent | AcceptedAcknowledgeEveryTokensFieldEvent | AcceptedJobNonceFieldEvent | AcceptedPricePerKiloTokenFieldEvent> {
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

export interface Delta {
  text: string
  tokenIds: Uint8Array<ArrayBuffer>
  tokenCount: number
  thought: boolean
  logprobs: TokenLogprob[]
  toolCalls: ToolCall[]
}

export namespace Delta {
  let _codec: Codec<Delta>

  export const codec = (): Codec<Delta> => {
    if (_codec == null) {
      _codec = message<Delta>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.text != null && obj.text !== '')) {
          w.uint32(10)
          w.string(obj.text)
        }

        if ((obj.tokenIds != null && obj.tokenIds.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.tokenIds)
        }

        if ((obj.tokenCount != null && obj.tokenCount !== 0)) {
          w.uint32(24)
          w.uint32(obj.tokenCount)
        }

        if ((obj.thought != null && obj.thought !== false)) {
          w.uint32(32)
          w.bool(obj.thought)
        }

        if (obj.logprobs != null && obj.logprobs.length > 0) {
          for (const value of obj.logprobs) {
            w.uint32(42)
            TokenLogprob.codec().encode(value, w)
          }
        }

        if (obj.toolCalls != null && obj.toolCalls.length > 0) {
          for (const value of obj.toolCalls) {
            w.uint32(50)
            ToolCall.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          text: '',
          tokenIds: uint8ArrayAlloc(0),
          tokenCount: 0,
          thought: false,
          logprobs: [],
          toolCalls: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.text = reader.string()
              break
            }
            case 2: {
              obj.tokenIds = reader.bytes()
              break
            }
            case 3: {
              obj.tokenCount = reader.uint32()
              break
            }
            case 4: {
              obj.thought = reader.bool()
              break
            }
            case 5: {
              if (opts.limits?.logprobs != null && obj.logprobs.length === opts.limits.logprobs) {
                throw new MaxLengthError('Decode error - repeated field "logprobs" had too many elements')
              }

              if (obj.logprobs.length === 4096) {
                throw new MaxLengthError('Decode error - repeated field "logprobs" had too many elements')
              }

              obj.logprobs.push(TokenLogprob.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.logprobs$
              }))
              break
            }
            case 6: {
              if (opts.limits?.toolCalls != null && obj.toolCalls.length === opts.limits.toolCalls) {
                throw new MaxLengthError('Decode error - repeated field "toolCalls" had too many elements')
              }

              if (obj.toolCalls.length === 128) {
                throw new MaxLengthError('Decode error - repeated field "toolCalls" had too many elements')
              }

              obj.toolCalls.push(ToolCall.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.toolCalls$
              }))
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
          logprobs: 4096,
          toolCalls: 128
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.text`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.tokenIds`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.tokenCount`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.thought`,
                value: reader.bool()
              }
              break
            }
            case 5: {
              if (opts.limits?.logprobs != null && obj.logprobs === opts.limits.logprobs) {
                throw new MaxLengthError('Streaming decode error - repeated field "logprobs" had too many elements')
              }

              if (obj.logprobs === 4096) {
                throw new MaxLengthError('Streaming decode error - repeated field "logprobs" had too many elements')
              }

              for (const evt of TokenLogprob.codec().stream(reader, reader.uint32(), `${prefix}.logprobs[]`, {
                limits: opts.limits?.logprobs$
              })) {
                yield {
                  ...evt,
                  index: obj.logprobs
                }
              }

              obj.logprobs++

              break
            }
            case 6: {
              if (opts.limits?.toolCalls != null && obj.toolCalls === opts.limits.toolCalls) {
                throw new MaxLengthError('Streaming decode error - repeated field "toolCalls" had too many elements')
              }

              if (obj.toolCalls === 128) {
                throw new MaxLengthError('Streaming decode error - repeated field "toolCalls" had too many elements')
              }

              for (const evt of ToolCall.codec().stream(reader, reader.uint32(), `${prefix}.toolCalls[]`, {
                limits: opts.limits?.toolCalls$
              })) {
                yield {
                  ...evt,
                  index: obj.toolCalls
                }
              }

              obj.toolCalls++

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

  export interface DeltaTextFieldEvent {
    field: '$.text'
    value: string
  }

  export interface DeltaTokenIdsFieldEvent {
    field: '$.tokenIds'
    value: Uint8Array<ArrayBuffer>
  }

  export interface DeltaTokenCountFieldEvent {
    field: '$.tokenCount'
    value: number
  }

  export interface DeltaThoughtFieldEvent {
    field: '$.thought'
    value: boolean
  }

  export interface DeltaLogprobsTokenFieldEvent {
    field: '$.logprobs[].token'
    value: string
    index: number
  }

  export interface DeltaLogprobsLogprobFieldEvent {
    field: '$.logprobs[].logprob'
    value: number
    index: number
  }

  export interface DeltaLogprobsTopTokenFieldEvent {
    field: '$.logprobs[].top[].token'
    value: string
    index: number
  }

  export interface DeltaLogprobsTopLogprobFieldEvent {
    field: '$.logprobs[].top[].logprob'
    value: number
    index: number
  }

  export interface DeltaToolCallsIdFieldEvent {
    field: '$.toolCalls[].id'
    value: string
    index: number
  }

  export interface DeltaToolCallsNameFieldEvent {
    field: '$.toolCalls[].name'
    value: string
    index: number
  }

  export interface DeltaToolCallsArgumentsFieldEvent {
    field: '$.toolCalls[].arguments'
    value: string
    index: number
  }

  export function encode (obj: Partial<Delta>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Delta.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Delta>): Delta {
    return decodeMessage(buf, Delta.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Delta>): Generator<DeltaTextFieldEvent | DeltaTokenIdsFieldEvent | DeltaTokenCountFieldEvent | DeltaThoughtFieldEvent | DeltaLogprobsTokenFieldEvent | DeltaLogprobsLogprobFieldEvent | DeltaLogprobsTopTokenFieldEvent | DeltaLogprobsTopLogprobFieldEvent | DeltaToolCallsIdFieldEvent | DeltaToolCallsNameFieldEvent | DeltaToolCallsArgumentsFieldEvent> {
    return streamMessage(buf, Delta.codec(), opts)
  }
}

export interface TokenLogprob {
  token: string
  logprob: number
  top: TopLogprob[]
}

export namespace TokenLogprob {
  let _codec: Codec<TokenLogprob>

  export const codec = (): Codec<TokenLogprob> => {
    if (_codec == null) {
      _codec = message<TokenLogprob>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.token != null && obj.token !== '')) {
          w.uint32(10)
          w.string(obj.token)
        }

        if ((obj.logprob != null && obj.logprob !== 0)) {
          w.uint32(21)
          w.float(obj.logprob)
        }

        if (obj.top != null && obj.top.length > 0) {
          for (const value of obj.top) {
            w.uint32(26)
            TopLogprob.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          token: '',
          logprob: 0,
          top: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.token = reader.string()
              break
            }
            case 2: {
              obj.logprob = reader.float()
              break
            }
            case 3: {
              if (opts.limits?.top != null && obj.top.length === opts.limits.top) {
                throw new MaxLengthError('Decode error - repeated field "top" had too many elements')
              }

              if (obj.top.length === 5) {
                throw new MaxLengthError('Decode error - repeated field "top" had too many elements')
              }

              obj.top.push(TopLogprob.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.top$
              }))
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
          top: 5
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.token`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.logprob`,
                value: reader.float()
              }
              break
            }
            case 3: {
              if (opts.limits?.top != null && obj.top === opts.limits.top) {
                throw new MaxLengthError('Streaming decode error - repeated field "top" had too many elements')
              }

              if (obj.top === 5) {
                throw new MaxLengthError('Streaming decode error - repeated field "top" had too many elements')
              }

              for (const evt of TopLogprob.codec().stream(reader, reader.uint32(), `${prefix}.top[]`, {
                limits: opts.limits?.top$
              })) {
                yield {
                  ...evt,
                  index: obj.top
                }
              }

              obj.top++

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

  export interface TokenLogprobTokenFieldEvent {
    field: '$.token'
    value: string
  }

  export interface TokenLogprobLogprobFieldEvent {
    field: '$.logprob'
    value: number
  }

  export interface TokenLogprobTopTokenFieldEvent {
    field: '$.top[].token'
    value: string
    index: number
  }

  export interface TokenLogprobTopLogprobFieldEvent {
    field: '$.top[].logprob'
    value: number
    index: number
  }

  export function encode (obj: Partial<TokenLogprob>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, TokenLogprob.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TokenLogprob>): TokenLogprob {
    return decodeMessage(buf, TokenLogprob.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TokenLogprob>): Generator<TokenLogprobTokenFieldEvent | TokenLogprobLogprobFieldEvent | TokenLogprobTopTokenFieldEvent | TokenLogprobTopLogprobFieldEvent> {
    return streamMessage(buf, TokenLogprob.codec(), opts)
  }
}

export interface TopLogprob {
  token: string
  logprob: number
}

export namespace TopLogprob {
  let _codec: Codec<TopLogprob>

  export const codec = (): Codec<TopLogprob> => {
    if (_codec == null) {
      _codec = message<TopLogprob>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.token != null && obj.token !== '')) {
          w.uint32(10)
          w.string(obj.token)
        }

        if ((obj.logprob != null && obj.logprob !== 0)) {
          w.uint32(21)
          w.float(obj.logprob)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          token: '',
          logprob: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.token = reader.string()
              break
            }
            case 2: {
              obj.logprob = reader.float()
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
                field: `${prefix}.token`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.logprob`,
                value: reader.float()
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

  export interface TopLogprobTokenFieldEvent {
    field: '$.token'
    value: string
  }

  export interface TopLogprobLogprobFieldEvent {
    field: '$.logprob'
    value: number
  }

  export function encode (obj: Partial<TopLogprob>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, TopLogprob.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TopLogprob>): TopLogprob {
    return decodeMessage(buf, TopLogprob.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TopLogprob>): Generator<TopLogprobTokenFieldEvent | TopLogprobLogprobFieldEvent> {
    return streamMessage(buf, TopLogprob.codec(), opts)
  }
}

export interface ToolCall {
  id: string
  name: string
  arguments: string
}

export namespace ToolCall {
  let _codec: Codec<ToolCall>

  export const codec = (): Codec<ToolCall> => {
    if (_codec == null) {
      _codec = message<ToolCall>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== '')) {
          w.uint32(10)
          w.string(obj.id)
        }

        if ((obj.name != null && obj.name !== '')) {
          w.uint32(18)
          w.string(obj.name)
        }

        if ((obj.arguments != null && obj.arguments !== '')) {
          w.uint32(26)
          w.string(obj.arguments)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: '',
          name: '',
          arguments: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.string()
              break
            }
            case 2: {
              obj.name = reader.string()
              break
            }
            case 3: {
              obj.arguments = reader.string()
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
                field: `${prefix}.id`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.name`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.arguments`,
                value: reader.string()
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

  export interface ToolCallIdFieldEvent {
    field: '$.id'
    value: string
  }

  export interface ToolCallNameFieldEvent {
    field: '$.name'
    value: string
  }

  export interface ToolCallArgumentsFieldEvent {
    field: '$.arguments'
    value: string
  }

  export function encode (obj: Partial<ToolCall>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ToolCall.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ToolCall>): ToolCall {
    return decodeMessage(buf, ToolCall.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ToolCall>): Generator<ToolCallIdFieldEvent | ToolCallNameFieldEvent | ToolCallArgumentsFieldEvent> {
    return streamMessage(buf, ToolCall.codec(), opts)
  }
}

export interface End {
  finishReason: number
  promptTokens: number
  cachedPromptTokens: number
  completionTokens: number
  queuedMs: number
  prefillMs: number
  decodeMs: number
  conversationTag: Uint8Array<ArrayBuffer>
  thoughtTokens: number
  stopSequence: string
  receipt: Uint8Array<ArrayBuffer>
}

export namespace End {
  let _codec: Codec<End>

  export const codec = (): Codec<End> => {
    if (_codec == null) {
      _codec = message<End>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.finishReason != null && obj.finishReason !== 0)) {
          w.uint32(8)
          w.uint32(obj.finishReason)
        }

        if ((obj.promptTokens != null && obj.promptTokens !== 0)) {
          w.uint32(16)
          w.uint32(obj.promptTokens)
        }

        if ((obj.cachedPromptTokens != null && obj.cachedPromptTokens !== 0)) {
          w.uint32(24)
          w.uint32(obj.cachedPromptTokens)
        }

        if ((obj.completionTokens != null && obj.completionTokens !== 0)) {
          w.uint32(32)
          w.uint32(obj.completionTokens)
        }

        if ((obj.queuedMs != null && obj.queuedMs !== 0)) {
          w.uint32(40)
          w.uint32(obj.queuedMs)
        }

        if ((obj.prefillMs != null && obj.prefillMs !== 0)) {
          w.uint32(48)
          w.uint32(obj.prefillMs)
        }

        if ((obj.decodeMs != null && obj.decodeMs !== 0)) {
          w.uint32(56)
          w.uint32(obj.decodeMs)
        }

        if ((obj.conversationTag != null && obj.conversationTag.byteLength > 0)) {
          w.uint32(66)
          w.bytes(obj.conversationTag)
        }

        if ((obj.thoughtTokens != null && obj.thoughtTokens !== 0)) {
          w.uint32(72)
          w.uint32(obj.thoughtTokens)
        }

        if ((obj.stopSequence != null && obj.stopSequence !== '')) {
          w.uint32(82)
          w.string(obj.stopSequence)
        }

        if ((obj.receipt != null && obj.receipt.byteLength > 0)) {
          w.uint32(90)
          w.bytes(obj.receipt)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          finishReason: 0,
          promptTokens: 0,
          cachedPromptTokens: 0,
          completionTokens: 0,
          queuedMs: 0,
          prefillMs: 0,
          decodeMs: 0,
          conversationTag: uint8ArrayAlloc(0),
          thoughtTokens: 0,
          stopSequence: '',
          receipt: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.finishReason = reader.uint32()
              break
            }
            case 2: {
              obj.promptTokens = reader.uint32()
              break
            }
            case 3: {
              obj.cachedPromptTokens = reader.uint32()
              break
            }
            case 4: {
              obj.completionTokens = reader.uint32()
              break
            }
            case 5: {
              obj.queuedMs = reader.uint32()
              break
            }
            case 6: {
              obj.prefillMs = reader.uint32()
              break
            }
            case 7: {
              obj.decodeMs = reader.uint32()
              break
            }
            case 8: {
              obj.conversationTag = reader.bytes()
              break
            }
            case 9: {
              obj.thoughtTokens = reader.uint32()
              break
            }
            case 10: {
              obj.stopSequence = reader.string()
              break
            }
            case 11: {
              obj.receipt = reader.bytes()
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
                field: `${prefix}.finishReason`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.promptTokens`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.cachedPromptTokens`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.completionTokens`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.queuedMs`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.prefillMs`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.decodeMs`,
                value: reader.uint32()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.conversationTag`,
                value: reader.bytes()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.thoughtTokens`,
                value: reader.uint32()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.stopSequence`,
                value: reader.string()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.receipt`,
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

  export interface EndFinishReasonFieldEvent {
    field: '$.finishReason'
    value: number
  }

  export interface EndPromptTokensFieldEvent {
    field: '$.promptTokens'
    value: number
  }

  export interface EndCachedPromptTokensFieldEvent {
    field: '$.cachedPromptTokens'
    value: number
  }

  export interface EndCompletionTokensFieldEvent {
    field: '$.completionTokens'
    value: number
  }

  export interface EndQueuedMsFieldEvent {
    field: '$.queuedMs'
    value: number
  }

  export interface EndPrefillMsFieldEvent {
    field: '$.prefillMs'
    value: number
  }

  export interface EndDecodeMsFieldEvent {
    field: '$.decodeMs'
    value: number
  }

  export interface EndConversationTagFieldEvent {
    field: '$.conversationTag'
    value: Uint8Array<ArrayBuffer>
  }

  export interface EndThoughtTokensFieldEvent {
    field: '$.thoughtTokens'
    value: number
  }

  export interface EndStopSequenceFieldEvent {
    field: '$.stopSequence'
    value: string
  }

  export interface EndReceiptFieldEvent {
    field: '$.receipt'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<End>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, End.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<End>): End {
    return decodeMessage(buf, End.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<End>): Generator<EndFinishReasonFieldEvent | EndPromptTokensFieldEvent | EndCachedPromptTokensFieldEvent | EndCompletionTokensFieldEvent | EndQueuedMsFieldEvent | EndPrefillMsFieldEvent | EndDecodeMsFieldEvent | EndConversationTagFieldEvent | EndThoughtTokensFieldEvent | EndStopSequenceFieldEvent | EndReceiptFieldEvent> {
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
  quote: Uint8Array<ArrayBuffer>
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

        if ((obj.quote != null && obj.quote.byteLength > 0)) {
          w.uint32(66)
          w.bytes(obj.quote)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          code: '',
          message: '',
          field: '',
          suggestions: [],
          quote: uint8ArrayAlloc(0)
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
            case 8: {
              obj.quote = reader.bytes()
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
            case 8: {
              yield {
                field: `${prefix}.quote`,
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

  export interface ErrorQuoteFieldEvent {
    field: '$.quote'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Error>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Error.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Error>): Error {
    return decodeMessage(buf, Error.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Error>): Generator<ErrorCodeFieldEvent | ErrorMessageFieldEvent | ErrorFieldFieldEvent | ErrorPromptTokensFieldEvent | ErrorContextSizeTokensFieldEvent | ErrorRetryAfterMsFieldEvent | ErrorSuggestionsFieldEvent | ErrorQuoteFieldEvent> {
    return streamMessage(buf, Error.codec(), opts)
  }
}
