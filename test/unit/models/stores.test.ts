import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { hubCacheModels } from '../../../src/inference/models/hub-cache.ts'
import { InstalledModels } from '../../../src/inference/models/installed.ts'
import { ollamaModels } from '../../../src/inference/models/ollama-store.ts'
import { hubHosts, hubSettings } from '../../../src/inference/models/settings.ts'
import { newFolder } from './fixtures.ts'

const DIGEST = 'cd'.repeat(32)
const WEIGHTS = 'application/vnd.ollama.image.model'

function put(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}

function manifest(digest: string, size: number, mediaType = WEIGHTS): string {
  return JSON.stringify({
    layers: [
      { mediaType: 'other', digest, size: 1 },
      { mediaType, digest, size }
    ]
  })
}

test("ollama's models have the names that its users know", async () => {
  const folder = newFolder()
  put(join(folder, 'blobs', `sha256-${DIGEST}`), 'weights')
  for (const name of [
    'registry.ollama.ai/library/llama3.2/1b',
    'registry.ollama.ai/me/mine/latest',
    'hf.co/a/b/Q4_0'
  ]) {
    put(join(folder, 'manifests', name), manifest(`sha256:${DIGEST}`, 7))
  }
  const found = await ollamaModels([folder, join(folder, 'nowhere')])
  expect(found.map(({ name }) => name).sort()).toEqual(['hf.co-a-b:q4_0', 'llama3.2:1b', 'me-mine:latest'])
  expect(found[0]).toMatchObject({ digest: DIGEST, sizeBytes: 7, place: 'ollama', installed: false })
})

test.each([
  ['a digest that is a path', manifest('sha256:../../../etc/passwd', 7)],
  ['a size that is not the file', manifest(`sha256:${DIGEST}`, 8)],
  ['no weights', manifest(`sha256:${DIGEST}`, 7, 'application/x')],
  ['no JSON', '{'],
  ['something else', '[]']
])('case T22: a manifest with %s is passed over', async (_, text) => {
  const folder = newFolder()
  put(join(folder, 'blobs', `sha256-${DIGEST}`), 'weights')
  put(join(folder, 'manifests/registry.ollama.ai/library/a/b'), text)
  expect(await ollamaModels([folder])).toEqual([])
})

test("the hub's cache: the version of main, catalog names, no way out of the cache", async () => {
  const cache = newFolder()
  const repository = join(cache, 'models--Qwen--Qwen3-8B-GGUF')
  put(join(repository, 'refs/main'), 'bbb\n')
  put(join(repository, 'blobs', DIGEST), 'new')
  put(join(repository, 'snapshots/aaa/old-Q4_0.gguf'), 'old')
  const snapshot = join(repository, 'snapshots/bbb')
  mkdirSync(snapshot, { recursive: true })
  symlinkSync(`../../blobs/${DIGEST}`, join(snapshot, 'Qwen3-8B-Q4_K_M.gguf'))
  symlinkSync('/etc/hostname', join(snapshot, 'out-Q4_0.gguf'))
  symlinkSync('../../blobs/gone', join(snapshot, 'gone-Q4_0.gguf'))
  put(join(snapshot, 'mmproj-F16.gguf'), 'picture')
  put(join(snapshot, 'part-00001-of-00002.gguf'), 'part')
  expect(await hubCacheModels(cache)).toMatchObject([
    { name: 'qwen3:8b-q4_k_m', digest: DIGEST, source: 'hf:Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf' }
  ])
})

const ENTRY = {
  name: 'a:b',
  digest: DIGEST,
  sizeBytes: 3,
  file: 'a.gguf',
  place: 'p2pai',
  source: 'x',
  licence: '',
  parameterCount: 1,
  quantization: '',
  architecture: 'llama',
  contextSizeTokens: 1,
  chat: true,
  installedAtMs: 1
}

test('the list forgets files that are gone or have another size', async () => {
  const folder = newFolder()
  const others = [
    { ...ENTRY, file: 'gone.gguf' },
    { ...ENTRY, file: 'b.gguf' }
  ]
  put(join(folder, 'a.gguf'), 'abc')
  put(join(folder, 'b.gguf'), 'abcd')
  put(join(folder, 'index.json'), JSON.stringify({ version: 1, models: [ENTRY, ...others] }))
  expect(await new InstalledModels(folder).list()).toMatchObject([{ name: 'a:b', path: join(folder, 'a.gguf') }])
})

test.each([
  ['a file outside the folder', { version: 1, models: [{ ...ENTRY, file: '../x.gguf' }] }],
  ['a relative file of another program', { version: 1, models: [{ ...ENTRY, file: '../x.gguf', place: 'ollama' }] }],
  ['another version', { version: 2, models: [ENTRY] }],
  ['a wrong type', { version: 1, models: 'all' }]
])('case T22: a list with %s is an empty one', async (_, index) => {
  const folder = newFolder()
  put(join(folder, 'a.gguf'), 'abc')
  put(join(folder, '../x.gguf'), 'abc')
  put(join(folder, 'index.json'), JSON.stringify(index))
  expect(await new InstalledModels(folder).list()).toEqual([])
})

test('the hub is the real one unless the environment says another', () => {
  expect(hubSettings({})).toMatchObject({ endpoint: new URL('https://huggingface.co') })
  expect(hubSettings({})).not.toHaveProperty('token')
  const own = hubSettings({
    HF_ENDPOINT: 'http://127.0.0.1:1/hub',
    HF_TOKEN: ' hf_x\n',
    HF_HOME: '/h',
    OLLAMA_MODELS: '/o'
  })
  expect(own).toMatchObject({ token: 'hf_x', hubCache: '/h/hub', ollamaFolders: ['/o'] })
  expect(hubHosts(own)).toContain('127.0.0.1:1')
})

test.each([
  ['HF_ENDPOINT', 'file:///etc'],
  ['HF_TOKEN', 'secret\nx-injected: 1']
])('%s that cannot be used is named, and not shown', (field, value) => {
  expect(() => hubSettings({ [field]: value })).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      message: expect.not.stringContaining('secret'),
      details: { field }
    })
  )
})
