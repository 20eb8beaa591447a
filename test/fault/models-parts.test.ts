import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { llamaEngine, type ModelLibrary, modelLibrary } from '../../src/inference/index.ts'
import { textMessage } from '../../src/interface/index.ts'
import { collect } from '../../src/testing/index.ts'
import { chainModel, chainModelParts } from '../fixtures/gguf-model.ts'
import { environment, newFolder, sha256 } from '../unit/models/fixtures.ts'
import { HubServer } from '../unit/models/hub-server.ts'

const REPOSITORY = 'someone/parted-GGUF'
const parts = chainModelParts([' the', ' end'], 3)
const NAMES = parts.map((_, index) => `Q8_0/parted-Q8_0-0000${index + 1}-of-00003.gguf`)
const sizeBytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
/** As the page of models says how to compute it. */
const digest = sha256(Buffer.from(parts.map(part => `${sha256(part)}\n`).join('')))

let hub: HubServer
let root: string
let folder: string
let library: ModelLibrary

beforeEach(async () => {
  const files = NAMES.map((name, index) => [`${REPOSITORY}/${name}`, { data: parts[index]! }])
  hub = await HubServer.start(Object.fromEntries(files))
  onTestFinished(() => hub.stop())
  root = newFolder()
  folder = join(root, 'models')
  library = modelLibrary({ folder, environment: environment(root, hub.endpoint) })
})

const files = () => readdirSync(folder).filter(name => name.endsWith('.gguf'))
const underWay = () => readdirSync(join(folder, 'parts')).filter(name => !name.endsWith('.lock'))

function put(names: readonly string[]): string {
  const source = newFolder()
  mkdirSync(join(source, 'Q8_0'))
  for (const name of names) writeFileSync(join(source, name), parts[NAMES.indexOf(name)]!)
  return source
}

test('a model in parts is pulled, listed, loaded and removed as one', async () => {
  const progress: number[] = []
  const model = await library.pull(`hf:${REPOSITORY}`, {
    onProgress: ({ doneBytes, totalBytes }) => {
      expect(totalBytes).toBe(sizeBytes)
      progress.push(doneBytes)
    }
  })
  expect(model).toMatchObject({ digest, sizeBytes, source: `hf:${REPOSITORY}/${NAMES[0]}`, chat: true })
  expect(model.parameterCount).toBeGreaterThan(0)
  expect(progress.at(-1)).toBe(sizeBytes)
  expect(files()).toHaveLength(3)
  expect(underWay()).toEqual([])
  expect(await library.list()).toEqual([model])
  expect(await library.pull(`hf:${REPOSITORY}/${NAMES[1]}`)).toEqual(model)
  const engine = await llamaEngine({ modelFile: model.path, gpu: 'off', threads: 1 })
  onTestFinished(() => engine.close())
  expect(engine.info).toMatchObject({ digest, sizeBytes })
  const ask = { model: digest, messages: [textMessage('user', 'Hello')] }
  expect((await collect(engine, ask)).text).toBe(' the end')
  await library.remove(model.name)
  expect(files()).toEqual([])
  await expect(engine.checkFile()).rejects.toThrow(/the model is not whole, .*-00001-of-00003\.gguf is missing/)
})

test('the digest is the one that the documented command prints', () => {
  const source = join(put(NAMES), 'Q8_0')
  const printed = execFileSync('sh', ['-c', 'sha256sum *.gguf | cut -c1-64 | sha256sum'], { cwd: source })
  expect(printed.toString().slice(0, 64)).toBe(digest)
})

test('a pull that breaks off goes on with the part that was under way', async () => {
  const leaving = new AbortController()
  const left = library.pull(`hf:${REPOSITORY}`, {
    signal: leaving.signal,
    onProgress: ({ doneBytes }) => doneBytes > parts[0]!.byteLength + 1000 && leaving.abort()
  })
  await expect(left).rejects.toMatchObject({ code: 'aborted' })
  expect(await library.list()).toEqual([])
  hub.sent.length = 0
  expect(await library.pull(`hf:${REPOSITORY}`)).toMatchObject({ digest })
  expect(hub.sent.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(sizeBytes - parts[0]!.byteLength)
})

test('a wrong byte in one part is refused, named, and not installed', async () => {
  hub.files.set(`${REPOSITORY}/${NAMES[2]}`, { data: parts[2]!, digest: 'ab'.repeat(32) })
  await expect(library.pull(`hf:${REPOSITORY}`)).rejects.toMatchObject({
    code: 'bad_model',
    message: expect.stringMatching(/^parted-Q8_0-00003-of-00003\.gguf is not what the hub promises/)
  })
  expect(await library.list()).toEqual([])
  expect(files()).toEqual([])
})

test('a model whose parts are not all there is refused, and the missing one named', async () => {
  hub.files.delete(`${REPOSITORY}/${NAMES[1]}`)
  const missing = 'the model is not whole: parted-Q8_0-00002-of-00003.gguf is missing'
  await expect(library.pull(`hf:${REPOSITORY}`)).rejects.toMatchObject({ code: 'model_not_found', message: missing })
  expect(hub.ranges).toEqual([])
  const source = put([NAMES[0]!, NAMES[2]!])
  await expect(library.pull(join(source, NAMES[2]!))).rejects.toMatchObject({
    code: 'invalid_request',
    message: missing
  })
  await expect(llamaEngine({ modelFile: join(source, NAMES[0]!) })).rejects.toThrow(
    /parted-Q8_0-00002-of-00003\.gguf is missing/
  )
})

test('a copy on this disk is taken whole, whichever part is named', async () => {
  const model = await library.pull(join(put(NAMES), NAMES[1]!))
  expect(model).toMatchObject({ digest, sizeBytes })
  expect(files()).toHaveLength(3)
  expect(underWay()).toEqual([])
  rmSync(join(folder, files()[1]!))
  expect(await library.list()).toEqual([])
})

test("a model in parts in the hub's cache is one, and used there", async () => {
  const cache = join(root, 'hub', `models--${REPOSITORY.replace('/', '--')}`)
  const snapshot = join(cache, 'snapshots/c0ffee')
  for (const made of [join(cache, 'blobs'), join(cache, 'refs'), join(snapshot, 'Q8_0')])
    mkdirSync(made, { recursive: true })
  writeFileSync(join(cache, 'refs/main'), 'c0ffee')
  for (const [index, name] of NAMES.entries()) {
    writeFileSync(join(cache, 'blobs', sha256(parts[index]!)), parts[index]!)
    symlinkSync(join('../../../blobs', sha256(parts[index]!)), join(snapshot, name))
  }
  expect(await library.list()).toMatchObject([{ place: 'hub-cache', digest, sizeBytes }])
  const model = await library.pull(`hf:${REPOSITORY}`)
  expect(model).toMatchObject({ place: 'hub-cache', installed: true, digest })
  expect(hub.ranges).toEqual([])
  rmSync(join(snapshot, NAMES[2]!))
  expect(await library.list()).toEqual([])
})

test('the same model in one file is preferred', async () => {
  const whole = chainModel([' the', ' end'])
  hub.files.set(`${REPOSITORY}/parted-Q8_0.gguf`, { data: whole })
  const model = await library.pull(`hf:${REPOSITORY}`)
  expect(readFileSync(model.path)).toEqual(whole)
})
