import { createHash, randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashFile } from '../../../src/inference/files/hash.ts'
import { type ModelFolder, modelFolder } from '../../fixtures/gguf-folder.ts'

const LARGE_BYTES = 256 << 20

describe('hashFile', () => {
  let folder: ModelFolder
  beforeAll(async () => {
    folder = await modelFolder()
  })
  afterAll(() => folder.remove())

  it('gives the SHA-256 of files of any length', async () => {
    for (const length of [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_000]) {
      const bytes = randomBytes(length)
      const file = await folder.write(`${length}.bin`, bytes)
      expect(await hashFile(file)).toBe(createHash('sha256').update(bytes).digest('hex'))
    }
  })

  it('keeps its memory small, however long the file is', async () => {
    const file = `${folder.path}/large.bin`
    const handle = await open(file, 'w')
    // A file with a hole takes no room on the disk.
    await handle.truncate(LARGE_BYTES)
    await handle.close()
    let peakBytes = 0
    const before = process.memoryUsage().arrayBuffers
    const watch = setInterval(() => {
      peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers - before)
    }, 1)
    await hashFile(file)
    clearInterval(watch)
    expect(peakBytes).toBeLessThan(4 << 20)
  })
})
