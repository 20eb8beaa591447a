import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { modelLibrary } from '../../../src/inference/models/library.ts'
import { PartFile } from '../../../src/inference/models/part-file.ts'
import { environment, modelData, newFolder } from './fixtures.ts'
import { inodeOf, syncsBeforeNaming } from './sync-log.ts'

const MIB = 1 << 20
const FACTS = { identity: 'one', sizeBytes: 3 * MIB, ranges: true }
const NOTHING = [0, 0, 0]

function stateOf(file: string): { doneBytes: number[]; syncedBytes: number[] } {
  return JSON.parse(readFileSync(`${file}.json`, 'utf8'))
}

/** A part as a process leaves it that is killed after so many bytes, before it has waited for the disk. */
async function killedAfter(bytes: number): Promise<string> {
  const file = join(newFolder(), 'x')
  const part = await PartFile.open(file, FACTS)
  let leftBytes = bytes
  for (const range of part.ranges) {
    const data = Buffer.alloc(Math.min(leftBytes, range.endByte - range.startByte), 'a')
    await part.write(range, data)
    leftBytes -= data.byteLength
  }
  await part.close()
  writeFileSync(`${file}.json`, JSON.stringify({ ...stateOf(file), syncedBytes: NOTHING }))
  return file
}

test('case 38: a model copied from a file is on the disk before it has its name', async () => {
  const folder = join(newFolder(), 'models')
  const file = join(newFolder(), 'mine.gguf')
  writeFileSync(file, modelData())
  const synced = await syncsBeforeNaming(folder)
  const library = modelLibrary({ folder, environment: environment(newFolder(), 'http://127.0.0.1:9') })
  const { path } = await library.pull(file)
  expect(synced.has(inodeOf(path))).toBe(true)
})

test('case 38: a part whose process was killed after its last byte is brought to the disk by the next try', async () => {
  const file = await killedAfter(FACTS.sizeBytes)
  const synced = await syncsBeforeNaming(file)
  const next = await PartFile.open(file, FACTS)
  expect(next.missingBytes).toBe(0)
  await next.close()
  expect(synced.has(inodeOf(`${file}.part`))).toBe(true)
  expect(stateOf(file).syncedBytes).toEqual([MIB, MIB, MIB])
})

test('case 38: what an earlier try has written is not said to be on the disk before it was waited for', async () => {
  const file = await killedAfter(MIB)
  const next = await PartFile.open(file, FACTS)
  expect(next.missingBytes).toBe(2 * MIB)
  await next.write(next.ranges[1]!, Buffer.alloc(MIB / 4))
  await expect.poll(() => stateOf(file)).toMatchObject({ doneBytes: [MIB, MIB / 4, 0], syncedBytes: NOTHING })
  await next.close()
  expect(stateOf(file).syncedBytes).toEqual([MIB, MIB / 4, 0])
})
