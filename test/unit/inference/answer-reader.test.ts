import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AnswerReader, type ReaderInit } from '../../../src/inference/llama/child/answer-reader.ts'

const plain = (init: Partial<ReaderInit>) =>
  new AnswerReader({ detokenize: () => '', isControl: () => false, stops: [], endings: [], ...init })

/** A tokenizer whose tokens are single bytes: the worst case for characters. */
function byteTokens(stops: string[] = []) {
  return plain({ detokenize: ids => Buffer.from(ids).toString('utf8'), stops })
}

function run(reader: AnswerReader, bytes: Iterable<number>) {
  const releases = []
  for (const byte of bytes) {
    releases.push(...reader.push(byte))
    if (reader.isOver) break
  }
  if (!reader.isOver) releases.push(...reader.flush())
  const parts = releases.map(release => release.text)
  return {
    parts,
    ids: releases.flatMap(release => release.tokenIds),
    stopped: reader.isOver,
    stop: reader.stopSequence
  }
}

describe('AnswerReader', () => {
  it('case 45: holds a character back until its last byte', () => {
    const { parts, ids } = run(byteTokens(), Buffer.from('a😀語'))
    expect(parts.filter(Boolean)).toEqual(['a', '😀', '語'])
    expect(ids).toEqual([...Buffer.from('a😀語')])
  })

  it('case 45: joins to the whole text whatever the bytes of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), whole => {
        const { parts, ids } = run(byteTokens(), Buffer.from(whole))
        expect(parts.join('')).toBe(whole)
        expect(ids.length).toBe(Buffer.byteLength(whole))
      })
    )
  })

  it('case 45: flushes an unfinished character once, at the end', () => {
    const { parts } = run(byteTokens(), [0x61, 0xf0, 0x9f])
    expect(parts.join('')).toBe('a\ufffd')
  })

  it('case 47: leaks nothing of a stop string, split anywhere and over a character of many bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 12 }),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
        fc.string({ unit: 'grapheme', maxLength: 12 }),
        (before, stop, after) => {
          const whole = before + stop + after
          const { parts, stopped, stop: named } = run(byteTokens([stop]), Buffer.from(whole))
          expect([stopped, named]).toEqual([true, stop])
          expect(parts.join('')).toBe(whole.slice(0, whole.indexOf(stop)))
        }
      )
    )
  })

  it('case 47: releases what only looked like a stop string, with its ids', () => {
    const { parts, ids, stopped } = run(byteTokens(['STOP']), Buffer.from('STO STOS'))
    expect(stopped).toBe(false)
    expect(parts.join('')).toBe('STO STOS')
    expect(ids.length).toBe(8)
  })

  it('gives text only with the ids that made it, whole tokens at a time', () => {
    const words = ['The ', 'end', 'less ', 'end']
    const reader = plain({ detokenize: ids => ids.map(id => words[id]).join(''), stops: ['endx'] })
    expect(reader.push(0)).toMatchObject([{ text: 'The ', tokenIds: [0] }])
    expect(reader.push(1)).toEqual([])
    expect(reader.push(2)).toMatchObject([{ text: 'endless ', tokenIds: [1, 2] }])
    expect(reader.push(3)).toEqual([])
    expect(reader.flush()).toMatchObject([{ text: 'end', tokenIds: [3] }])
  })
})
