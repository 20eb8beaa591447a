import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PartFile } from '../../../src/inference/models/part-file.ts'
import { missingBytes, planRanges, rangeBytesFor } from '../../../src/inference/models/ranges.ts'
import { newFolder } from './fixtures.ts'

const MIB = 1 << 20
const FACTS = { identity: 'one', sizeBytes: 5 * MIB + 7, ranges: true }

test.each([
  [1, 1, MIB],
  [5 * MIB + 7, 6, MIB],
  [64 * MIB, 16, 4 * MIB],
  [2 ** 33, 512, 16 * MIB]
])('a file of %i bytes is cut into %i ranges', (sizeBytes, count, rangeBytes) => {
  expect(rangeBytesFor(sizeBytes, true)).toBe(rangeBytes)
  const ranges = planRanges(sizeBytes, rangeBytes)
  expect(ranges.length).toBe(count)
  expect(missingBytes(ranges)).toBe(sizeBytes)
  expect(rangeBytesFor(sizeBytes, false)).toBe(sizeBytes)
})

test('what was written is known to the next try, also without a farewell', async () => {
  const file = join(newFolder(), 'x')
  const part = await PartFile.open(file, FACTS)
  const [first, second] = part.ranges
  const piece = Buffer.alloc(64 << 10, 'a')
  for (let at = 0; at < MIB; at += piece.byteLength) await part.write(first!, piece)
  await part.write(second!, piece)
  await part.save()
  const next = await PartFile.open(file, FACTS)
  expect(next.missingBytes).toBe(FACTS.sizeBytes - MIB - piece.byteLength)
  expect(
    readFileSync(`${file}.part`)
      .subarray(0, MIB)
      .every(byte => byte === 97)
  ).toBe(true)
  await Promise.all([part.close(), next.close()])
})

test('the state is behind the data by at most a quarter of a range', async () => {
  const file = join(newFolder(), 'x')
  const part = await PartFile.open(file, FACTS)
  const piece = Buffer.alloc(16 << 10)
  for (let at = 0; at < 3 * MIB; at += piece.byteLength) {
    await part.write(part.ranges[Math.floor(at / MIB)]!, piece)
    const written = at + piece.byteLength
    if (written <= MIB / 4) continue
    const state = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as { doneBytes: number[] }
    const saved = state.doneBytes.reduce((sum, done) => sum + done, 0)
    expect(saved).toBeLessThanOrEqual(written)
    expect(written - saved).toBeLessThanOrEqual(MIB / 4 + piece.byteLength)
  }
  await part.close()
})

test.each([
  ['another version of the file', () => ({ ...FACTS, identity: 'two' })],
  ['another size', () => ({ ...FACTS, sizeBytes: FACTS.sizeBytes + 1 })]
])('%s begins anew', async (_, changed) => {
  const file = join(newFolder(), 'x')
  const part = await PartFile.open(file, FACTS)
  await part.write(part.ranges[0]!, Buffer.alloc(1000))
  await part.close()
  const facts = changed()
  const next = await PartFile.open(file, facts)
  expect(next.missingBytes).toBe(facts.sizeBytes)
  await next.close()
})

test.each([
  '',
  '{"version":1',
  '{}',
  `{"version":1,"identity":"one","sizeBytes":${FACTS.sizeBytes},"rangeBytes":${MIB},"boot":"","doneBytes":[0,0,0,0,0,0],"syncedBytes":[9e9,0,0,0,0,0]}`
])('a state of %j begins anew', async text => {
  const file = join(newFolder(), 'x')
  const part = await PartFile.open(file, FACTS)
  await part.write(part.ranges[0]!, Buffer.alloc(1000))
  await part.close()
  writeFileSync(`${file}.json`, text)
  const next = await PartFile.open(file, FACTS)
  expect(next.missingBytes).toBe(FACTS.sizeBytes)
  await next.close()
})

test('after a restart of the machine only what the disk was waited for counts', async () => {
  const file = join(newFolder(), 'x')
  const part = await PartFile.open(file, FACTS)
  await part.write(part.ranges[0]!, Buffer.alloc(1000))
  await part.save()
  await part.write(part.ranges[1]!, Buffer.alloc(MIB))
  await part.close()
  const state = JSON.parse(readFileSync(`${file}.json`, 'utf8'))
  writeFileSync(`${file}.json`, JSON.stringify({ ...state, boot: 'before', syncedBytes: [1000, 0, 0, 0, 0, 0] }))
  const next = await PartFile.open(file, FACTS)
  expect(next.missingBytes).toBe(FACTS.sizeBytes - 1000)
  await next.close()
})
