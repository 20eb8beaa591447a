import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { ByteReader } from '../../../src/gateway/control/byte-reader.ts'

function reader(text: string, pieceBytes: number): ByteReader {
  const data = Buffer.from(text)
  const pieces: Buffer[] = []
  for (let at = 0; at < data.length; at += pieceBytes) pieces.push(data.subarray(at, at + pieceBytes))
  return new ByteReader(Readable.from(pieces))
}

test.each([1, 2, 3, 7, 100])('lines and bytes are the same in pieces of %i', async pieceBytes => {
  const read = reader('HTTP/1.1 200 OK\r\n\r\n5\r\nh\nüy\r\nrest', pieceBytes)
  expect(await read.line()).toBe('HTTP/1.1 200 OK')
  expect(await read.line()).toBe('')
  expect(await read.line()).toBe('5')
  const taken: Buffer[] = []
  for await (const piece of read.take(5)) taken.push(piece)
  expect(Buffer.concat(taken).toString()).toBe('h\nüy')
  expect(await read.line()).toBe('')
})

test('an end in between is an error', async () => {
  await expect(reader('half a line', 4).line()).rejects.toThrow('ended too early')
  const taking = (async () => {
    for await (const _ of reader('abc', 1).take(4));
  })()
  await expect(taking).rejects.toThrow('ended too early')
})

test('a line without end is not collected', async () => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1 << 14, 'x')
    })()
  )
  await expect(new ByteReader(endless).line()).rejects.toThrow('does not end')
})
