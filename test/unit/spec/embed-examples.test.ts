import { describe, expect, it } from 'vitest'
import { type AcceptedEvent, ContextLengthExceededError, type ProgressEvent } from '../../../src/interface/index.ts'
import type { EmbedCall } from '../../../src/protocols/embed/embed-call.ts'
import {
  decodeServerFrame,
  encodeEnd,
  encodeError,
  encodeEvent,
  encodeScores,
  encodeVectors
} from '../../../src/protocols/embed/frame-codec.ts'
import { decodeRequest, encodeRequest } from '../../../src/protocols/embed/request-codec.ts'
import { exampleHex, specPage } from './support.ts'

const { frames, body } = specPage('embed.md')
const digest = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53'
const calls: Record<string, EmbedCall> = {
  embed: { kind: 'embed', model: 'minilm', inputs: ['cat', 'kitten'], deadlineMs: 60_000 },
  rerank: { kind: 'rerank', model: 'auto', query: 'a pet', documents: ['cat', 'car'] }
}
const events: Record<string, AcceptedEvent | ProgressEvent> = {
  accepted: {
    type: 'accepted',
    queuePosition: 1,
    model: { name: 'all-minilm:l6-v2-q8_0', digest },
    contextSizeTokens: 512
  },
  progress: { type: 'progress', phase: 'prefill', done: 1, total: 2 }
}
const vectors = [Float32Array.of(0.5, 0.5, 0.5, -0.5), Float32Array.of(1, 0, 0, 0)]
const tooLong = new ContextLengthExceededError('inputs[1] has 600 tokens, the context holds 512', {
  details: { field: 'inputs[1]', promptTokens: 600, contextSizeTokens: 512 }
})

describe('examples of spec/embed.md', () => {
  it.each(Object.entries(calls))('has the request %s as it is encoded and decoded', (name, call) => {
    expect(frames.get(name)).toBe(exampleHex(encodeRequest(call)))
    expect(decodeRequest(body(name))).toEqual(call)
  })

  it.each(Object.entries(events))('has %s as it is encoded and decoded', (name, event) => {
    expect(frames.get(name)).toBe(exampleHex(encodeEvent(event)))
    expect(decodeServerFrame(body(name))).toEqual({ kind: 'event', event })
  })

  it('has the vectors, the scores and the end', () => {
    expect(frames.get('vectors')).toBe(exampleHex(encodeVectors(vectors)))
    expect(decodeServerFrame(body('vectors'))).toEqual({ kind: 'vectors', vectors })
    expect(frames.get('scores')).toBe(exampleHex(encodeScores([0.75, 0.125])))
    expect(decodeServerFrame(body('scores'))).toEqual({ kind: 'scores', scores: [0.75, 0.125] })
    expect(frames.get('end')).toBe(exampleHex(encodeEnd(7)))
    expect(decodeServerFrame(body('end'))).toEqual({ kind: 'end', promptTokens: 7 })
  })

  it('has the error', () => {
    expect(frames.get('error')).toBe(exampleHex(encodeError(tooLong)))
    const message = decodeServerFrame(body('error'))
    expect(message.kind === 'error' && message.error.toJSON()).toEqual(tooLong.toJSON())
  })
})
