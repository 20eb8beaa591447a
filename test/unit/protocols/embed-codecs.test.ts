import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { P2paiError } from '../../../src/interface/index.ts'
import { MAX_ANSWER_FRAME_BYTES, MAX_DIMENSIONS } from '../../../src/protocols/embed/constants.ts'
import { decodeServerFrame, encodeEnd, encodeVectors } from '../../../src/protocols/embed/frame-codec.ts'
import { decodeRequest, encodeRequest } from '../../../src/protocols/embed/request-codec.ts'
import { packFloats, unpackFloats, vectorBatches } from '../../../src/protocols/embed/values.ts'

const texts = fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 5 })

describe('embed codecs', () => {
  it('carry any texts, in their order', () => {
    fc.assert(
      fc.property(texts, fc.string({ minLength: 1, unit: 'grapheme' }), (inputs, query) => {
        const embed = { kind: 'embed' as const, model: 'auto', inputs }
        const rerank = { kind: 'rerank' as const, model: 'auto', query, documents: inputs, deadlineMs: 5 }
        expect(decodeRequest(encodeRequest(embed))).toEqual(embed)
        expect(decodeRequest(encodeRequest(rerank))).toEqual(rerank)
      })
    )
  })

  it('carry every 32-bit number as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.float()), numbers => {
        expect([...unpackFloats(packFloats(numbers, numbers.length))]).toEqual(numbers)
      })
    )
  })

  it('put as many vectors into a frame as fit, and never more', () => {
    for (const [dimensions, count, frames] of [
      [1, 256, 1],
      [384, 256, 7],
      [MAX_DIMENSIONS, 3, 3],
      [MAX_DIMENSIONS - 1, 2, 2]
    ] as const) {
      const vectors = Array.from({ length: count }, (_, index) => new Float32Array(dimensions).fill(index))
      const bodies = [...vectorBatches(vectors)].map(encodeVectors)
      expect(bodies).toHaveLength(frames)
      for (const body of bodies) expect(body.byteLength).toBeLessThanOrEqual(MAX_ANSWER_FRAME_BYTES)
      const decoded = bodies
        .map(decodeServerFrame)
        .flatMap(message => (message.kind === 'vectors' ? message.vectors : []))
      expect(decoded).toEqual(vectors)
    }
  })

  it('skip fields of a later version, in a request and in a frame', () => {
    const field99 = Uint8Array.of(0x9a, 0x06, 3, 1, 2, 3)
    const call = { kind: 'embed' as const, model: 'auto', inputs: ['a'] }
    expect(decodeRequest(Uint8Array.from([...encodeRequest(call), ...field99]))).toEqual(call)
    expect(decodeServerFrame(Uint8Array.from([...encodeEnd(7), ...field99]))).toEqual({ kind: 'end', promptTokens: 7 })
  })

  it('decode any bytes, or refuse them with an error of ours', () => {
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
