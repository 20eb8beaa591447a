import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AnswerReader } from '../../../src/inference/llama/child/answer-reader.ts'
import { CallReader } from '../../../src/inference/llama/child/call-reader.ts'
import type { CallSyntax } from '../../../src/inference/llama/child/call-syntax.ts'
import type { ReaderInit, Release } from '../../../src/inference/llama/child/release.ts'

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

const SYNTAX: CallSyntax = {
  head: '<call>\n{"name": "',
  next: '\n<call>\n{"name": "',
  afterName: () => '", "arguments": ',
  afterArguments: () => '}\n</call>',
  end: '',
  openings: () => ['<call>']
}

/** Tokens that are any parts of a text, which calls and thinks. */
function markedReader(parts: string[], maxCalls = 4): AnswerReader {
  return plain({
    detokenize: ids => ids.map(id => parts[id]).join(''),
    stops: ['NEVER'],
    thought: { opening: '<think>', closing: '</think>' },
    calls: {
      openings: SYNTAX.openings([]),
      reader: new CallReader({ syntax: SYNTAX, names: ['get', 'get_all'], idOf: index => `call ${index}`, maxCalls })
    }
  })
}

/** What was said, channel by channel. */
function said(releases: Release[]) {
  const calls: Record<string, string> = {}
  for (const { id, name, arguments: piece } of releases.flatMap(release => release.toolCalls ?? [])) {
    calls[id] = `${calls[id] ?? ''}${name}${piece}`
  }
  const textOf = (channel: string) => releases.map(({ text, channel: own }) => (own === channel ? text : '')).join('')
  return { thought: textOf('thought'), answer: textOf('answer'), calls }
}

describe('AnswerReader with marks', () => {
  const arbitraryText = fc.string({ unit: fc.constantFrom('a', ' ', '<', '/', '>', '{', '"', '\n', 'N') })
  const words = fc.tuple(arbitraryText, fc.boolean()).map(([text]) => `x${text}x`)
  const json = fc.dictionary(arbitraryText, fc.oneof(arbitraryText, fc.integer(), fc.array(arbitraryText)))

  it('reads the same out of a text however it is cut into tokens, and goes on after every release', () => {
    fc.assert(
      fc.property(
        fc.record({ thought: words, answer: words, first: json, second: json, cuts: fc.array(fc.nat(400)) }),
        ({ thought, answer, first, second, cuts }) => {
          const [one, two] = [JSON.stringify(first), JSON.stringify(second)]
          const text =
            `<think>\n${thought}\n</think>\n\n${answer}\n<call>\n{"name": "get", "arguments": ${one}}\n</call>` +
            `\n<call>\n{"name": "get_all", "arguments": ${two}}\n</call>`
          // A token with thought and answer in it is given out as two, and nobody goes on between them.
          const marks = [0, text.indexOf('</think>') + 8, text.length]
          const at = [...new Set([...marks, ...cuts.map(cut => cut % text.length)])].sort((a, b) => a - b)
          const parts = at.slice(1).map((end, index) => text.slice(at[index], end))
          const ids = parts.map((_, id) => id)
          const whole = markedReader(parts)
          const releases = [...ids.flatMap(id => whole.push(id)), ...whole.flush()]
          const expected = { thought, answer, calls: { 'call 0': `get${one}`, 'call 1': `get_all${two}` } }
          expect(said(releases)).toEqual(expected)
          expect(whole.finishReason).toBe('tool_calls')
          expect(releases.flatMap(release => release.tokenIds)).toEqual(ids)
          for (let count = 1; count < releases.length; count++) {
            const given = releases.slice(0, count)
            const givenIds = given.flatMap(release => release.tokenIds)
            const reader = markedReader(parts)
            expect(reader.replay(givenIds, said(given).answer, () => true)).toBe(true)
            const rest = [...ids.slice(givenIds.length).flatMap(id => reader.push(id)), ...reader.flush()]
            expect(said([...given, ...rest])).toEqual(expected)
            expect(rest.flatMap(release => release.tokenIds)).toEqual(ids.slice(givenIds.length))
          }
        }
      )
    )
  })

  it('takes no ids for a text that they did not make', () => {
    const parts = ['<think>', 'a', '</think>', 'b', 'c']
    const replay = (ids: number[], text: string) => markedReader(parts).replay(ids, text, () => true)
    expect(replay([0, 1, 2, 3], 'b')).toBe(true)
    expect(replay([0, 1, 2, 3], 'ab')).toBe(false)
    expect(replay([3, 4], 'b')).toBe(false)
    expect(replay([3, 4], 'bcd')).toBe(false)
    expect(markedReader(parts).replay([3, 4], 'bc', id => id !== 4)).toBe(false)
  })

  it('reads a mark of thoughts within an answer as text', () => {
    const parts = [' ', 'Write ', '<think>', ' here </think>', '.']
    const reader = markedReader(parts)
    const releases = [...[0, 1, 2, 3, 4].flatMap(id => reader.push(id)), ...reader.flush()]
    expect(said(releases)).toEqual({ thought: '', answer: ' Write <think> here </think>.', calls: {} })
  })

  it('hides control tokens that mark nothing, and tells that there were some', () => {
    const parts = ['a', '<|other|>', 'b']
    const reader = plain({ detokenize: ids => ids.map(id => parts[id]).join(''), isControl: id => id === 1 })
    const releases = [...[0, 1, 2].flatMap(id => reader.push(id)), ...reader.flush()]
    expect(said(releases).answer).toBe('ab')
    expect(reader.replay([], '', () => true)).toBe(false)
  })

  it('is over when no more call may follow, and cut when the end comes within one', () => {
    const parts = ['<call>\n{"name": "get", "arg', 'uments": {"a"', ': 1}', '}\n</call>', 'more']
    const reader = markedReader(parts, 1)
    reader.push(0)
    expect(reader.finishReason).toBe('length')
    for (const id of [1, 2, 3]) reader.push(id)
    expect(reader.isOver).toBe(true)
    expect(reader.finishReason).toBe('tool_calls')
  })
})
