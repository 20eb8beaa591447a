import fc from 'fast-check'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'
import { readPrefix, withPrefix } from '../../../src/protocols/length-prefix.ts'

const list = (...bytes: number[]) => new Uint8ArrayList(Uint8Array.from(bytes))

describe('length prefix', () => {
  it('reads what it wrote, for every length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70_000 }), length => {
        const frame = withPrefix(new Uint8Array(length))
        const prefix = readPrefix(new Uint8ArrayList(frame), 1 << 20)
        expect(prefix).toEqual({ bodyOffset: frame.byteLength - length, bodyBytes: length })
      })
    )
  })

  it('waits while bytes are missing', () => {
    expect(readPrefix(list(), 100)).toBeUndefined()
    expect(readPrefix(list(0x80), 100)).toBeUndefined()
    expect(readPrefix(list(0x80, 0x80, 0x80), 100)).toBeUndefined()
  })

  it.each([
    ['a length of 0', [0x00]],
    ['a longer form than needed', [0x81, 0x00]],
    ['zero in a longer form', [0x80, 0x00]],
    ['2^31', [0x80, 0x80, 0x80, 0x80, 0x08]],
    ['2^63 in ten bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['ten bytes that never end', Array(10).fill(0xff)],
    ['one above the bound', [0xe9, 0x07]]
  ])('case 2: refuses %s before anything is allocated', (_, bytes) => {
    expect(() => readPrefix(list(...bytes), 1_000)).toThrow(expect.objectContaining({ code: 'protocol_error' }))
  })
})
