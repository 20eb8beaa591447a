import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { modelLibrary } from '../../../src/inference/models/library.ts'
import { chainModel } from '../../fixtures/gguf-model.ts'
import { environment, newFolder, sha256 } from './fixtures.ts'

/** A library over ollama's store alone, and the way to put a model there. */
function withOllama() {
  const env = environment(newFolder(), 'http://127.0.0.1:9')
  const put = (name: string, data: Uint8Array): void => {
    const digest = sha256(data)
    const [model = '', tag = ''] = name.split(':')
    const manifest = join(env.OLLAMA_MODELS!, 'manifests/registry.ollama.ai/library', model, tag)
    const blob = join(env.OLLAMA_MODELS!, 'blobs', `sha256-${digest}`)
    for (const file of [manifest, blob]) mkdirSync(dirname(file), { recursive: true })
    writeFileSync(blob, data)
    const layers = [
      { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}`, size: data.byteLength }
    ]
    writeFileSync(manifest, JSON.stringify({ layers }))
  }
  return { put, library: modelLibrary({ folder: join(newFolder(), 'models'), environment: env }) }
}

const padded = (data: Uint8Array, bytes: number): Buffer => Buffer.concat([data, Buffer.alloc(bytes)])

test("serve takes ollama's chat models as if they were installed, the best first, and no damaged one", async () => {
  const { put, library } = withOllama()
  expect(await library.best()).toBeUndefined()
  put('small:1b', chainModel([' a', ' end'], { name: 'small' }))
  put('damaged:1b', Buffer.from('GGUF, or so it says'))
  expect(await library.servable()).toMatchObject([
    { name: 'small:1b', place: 'ollama', installed: false, chat: true, parameterCount: expect.any(Number) }
  ])
  expect(await library.best()).toMatchObject({ name: 'small:1b' })
  // Nothing was written for that.
  expect(await library.installed()).toEqual([])
})

test('of many models in a store the eight largest are taken', async () => {
  const { put, library } = withOllama()
  const data = chainModel([' a', ' end'], { name: 'many' })
  for (let index = 0; index < 10; index++) put(`many:${index}b`, padded(data, 32 * index + 1))
  const names = (await library.servable()).map(({ name }) => name)
  expect(names).toEqual([9, 8, 7, 6, 5, 4, 3, 2].map(index => `many:${index}b`))
})
