import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BusyError,
  ContextLengthExceededError,
  type EngineEvent,
  type GenerateRequest,
  ModelNotFoundError,
  type P2paiError
} from '../../../src/interface/index.ts'
import { decodeServerFrame, encodeError, encodeEvent } from '../../../src/protocols/infer/event-codec.ts'
import { decodeRequest, encodeRequest } from '../../../src/protocols/infer/request-codec.ts'
import { packNumbers, unpackNumbers } from '../../../src/protocols/packed.ts'

const digest = 'ab'.repeat(32)

const full: GenerateRequest = {
  model: 'smollm2',
  messages: [
    { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
    {
      role: 'user',
      parts: [
        { type: 'text', text: '' },
        { type: 'media', mediaType: 'image/png', data: Uint8Array.of(1, 2) }
      ]
    },
    { role: 'assistant', parts: [], toolCalls: [{ id: 'c1', name: 'look', arguments: '{}' }] },
    { role: 'tool', parts: [{ type: 'text', text: '42' }], toolCallId: 'c1' }
  ],
  maxTokens: 100,
  sampling: {
    temperature: 0,
    topP: 0.5,
    topK: 0,
    minP: 0.25,
    seed: 0xffffffff,
    repeatPenalty: 1,
    frequencyPenalty: -2,
    presencePenalty: 2
  },
  stop: ['END'],
  tools: [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }],
  toolChoice: { name: 'look' },
  responseFormat: { type: 'json_schema', schema: { type: 'object', properties: { a: { type: 'number' } } } },
  logprobs: 3,
  sessionId: 'session',
  conversationTag: Uint8Array.of(9),
  deadlineMs: 60_000,
  acceptIf: { firstTokenMs: 1, totalMs: 2, pricePerKiloToken: 3 },
  resume: { text: 'So far', tokenIds: [0, 127, 128, 0xffffffff], digest }
}

describe('infer codecs', () => {
  it('carries every field of a request', () => {
    expect(decodeRequest(encodeRequest(full))).toEqual({ request: full, attachments: [] })
  })

  it('carries a request with nothing optional', () => {
    const bare: GenerateRequest = { model: 'auto', messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }] }
    expect(decodeRequest(encodeRequest(bare))).toEqual({ request: bare, attachments: [] })
  })

  it.each<EngineEvent>([
    { type: 'accepted', queuePosition: 3, model: { name: 'm', digest }, contextSizeTokens: 2048 },
    { type: 'progress', phase: 'prefill', done: 128, total: 2000 },
    { type: 'delta', channel: 'answer', text: ' Paris', tokenCount: 1, tokenIds: [7042] },
    { type: 'delta', channel: 'thought', text: 'hm', tokenCount: 2 },
    {
      type: 'delta',
      channel: 'answer',
      text: 'x',
      tokenCount: 1,
      tokenIds: [5],
      logprobs: [{ token: 'x', logprob: -0.5, top: [{ token: 'y', logprob: -2 }] }]
    },
    {
      type: 'end',
      finishReason: 'length',
      usage: { promptTokens: 9, cachedPromptTokens: 4, completionTokens: 7 },
      timings: { queuedMs: 0, prefillMs: 12, decodeMs: 90 },
      conversationTag: Uint8Array.of(1, 2, 3)
    }
  ])('carries an event: $type', event => {
    expect(decodeServerFrame(encodeEvent(event))).toMatchObject({ kind: 'event', event })
  })

  it.each<P2paiError>([
    new BusyError('full', { details: { retryAfterMs: 1500 } }),
    new ContextLengthExceededError('too long', { details: { promptTokens: 5000, contextSizeTokens: 2048 } }),
    new ModelNotFoundError('none', { details: { suggestions: ['a', 'b'] } })
  ])('carries an error: $code', error => {
    const message = decodeServerFrame(encodeError(error))
    expect(message.kind === 'error' && message.error.toJSON()).toEqual(error.toJSON())
  })

  it('turns a code it does not know into an internal error', () => {
    const bytes = encodeError(new BusyError('x'))
    const text = new TextDecoder('latin1').decode(bytes).replace('busy', 'b?sy')
    const message = decodeServerFrame(Uint8Array.from(text, char => char.charCodeAt(0)))
    expect(message.kind === 'error' && message.error.code).toBe('internal')
  })

  it('case 61: skips fields of a later version, in a request and in a frame', () => {
    const field99 = Uint8Array.of(0x9a, 0x06, 3, 1, 2, 3)
    const { request } = decodeRequest(Uint8Array.from([...encodeRequest(full), ...field99]))
    expect(request).toEqual(full)
    const event: EngineEvent = { type: 'progress', phase: 'queued', done: 1, total: 0 }
    expect(decodeServerFrame(Uint8Array.from([...encodeEvent(event), ...field99]))).toMatchObject({ event })
  })

  it('case 61: takes what a later version may say: another kind of frame, phase or reason', () => {
    expect(decodeServerFrame(Uint8Array.of(0x3a, 0x02, 0x08, 0x01))).toEqual({ kind: 'unknown' })
    const progress = Uint8Array.of(0x12, 0x04, 0x08, 0x63, 0x10, 0x05)
    expect(decodeServerFrame(progress)).toMatchObject({ event: { type: 'progress', phase: 'loading', done: 5 } })
    const end = Uint8Array.of(0x22, 0x04, 0x08, 0x63, 0x10, 0x05)
    expect(decodeServerFrame(end)).toMatchObject({ event: { type: 'end', finishReason: 'stop' } })
  })

  it('packs numbers as protobuf does, and refuses cut or large ones', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffffffff })), numbers => {
        expect(unpackNumbers(packNumbers(numbers))).toEqual(numbers)
      })
    )
    expect(() => unpackNumbers(Uint8Array.of(0x80))).toThrow(/cut/)
    expect(() => unpackNumbers(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x1f))).toThrow(/32 bits/)
    expect(() => unpackNumbers(new Uint8Array(20).fill(0xff))).toThrow()
  })

  it('case 1: any bytes are decoded or refused with an error of ours', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        for (const decode of [decodeRequest, decodeServerFrame]) {
          try {
            decode(bytes)
          } catch (error) {
            expect((error as P2paiError).code).toMatch(/invalid_request|protocol_error/)
          }
        }
      }),
      { numRuns: 5_000 }
    )
  })
})
