import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ModelStore } from '../../../src/inference/llama/model-store.ts'

const digestOf = (index: number) => index.toString(16).padStart(64, '0')

describe('ModelStore', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'p2pai-store-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('keeps its state in one private file that is replaced as a whole', async () => {
    await new ModelStore(directory).update(state => {
      state.quarantine[digestOf(1)] = 5
    })
    expect((await new ModelStore(directory).read()).quarantine[digestOf(1)]).toBe(5)
    expect(await readdir(directory)).toEqual(['models.json'])
    expect((await stat(path.join(directory, 'models.json'))).mode & 0o777).toBe(0o600)
  })

  it('loses nothing when several change it at once', async () => {
    const stores = [new ModelStore(directory), new ModelStore(directory)]
    const updates = Array.from({ length: 20 }, (_, index) =>
      stores[index % 2]!.update(state => {
        state.quarantine[digestOf(index)] = index
      })
    )
    await Promise.all(updates)
    expect(Object.keys((await new ModelStore(directory).read()).quarantine).length).toBe(20)
  })

  it('starts anew from a damaged file, and is bounded', async () => {
    await writeFile(path.join(directory, 'models.json'), '{"version":1,"files":[')
    const store = new ModelStore(directory)
    expect((await store.read()).files).toEqual({})
    await store.update(state => {
      for (let index = 0; index < 300; index++) state.quarantine[digestOf(index)] = index
    })
    const kept = Object.keys((await store.read()).quarantine)
    expect(kept.length).toBe(256)
    expect(kept).toContain(digestOf(299))
  })

  it('forgets a probe of an older version, which lacks facts, and keeps the rest', async () => {
    const old = {
      version: 1,
      files: { '/a.gguf': { sizeBytes: 1, changedAtMs: 1, digest: digestOf(1) } },
      probes: { [digestOf(1)]: { header: {}, loadMs: 5 } },
      quarantine: { [digestOf(2)]: 7 }
    }
    await writeFile(path.join(directory, 'models.json'), JSON.stringify(old))
    expect(await new ModelStore(directory).read()).toEqual({ ...old, probes: {} })
  })

  it('works in memory without a directory', async () => {
    const store = new ModelStore(undefined)
    await store.update(state => {
      state.quarantine[digestOf(1)] = 1
    })
    expect((await store.read()).quarantine).toEqual({ [digestOf(1)]: 1 })
  })
})
