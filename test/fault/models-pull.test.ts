import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type ModelLibrary, modelLibrary } from '../../src/inference/index.ts'
import { environment, modelData, newFolder, sha256 } from '../unit/models/fixtures.ts'
import { type Faults, type HubFile, HubServer } from '../unit/models/hub-server.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'

expectNoEscapedErrors()

const REPOSITORY = 'someone/some-model-GGUF'
const FILE = 'some-model-Q4_K_M.gguf'
const MIB = 1 << 20
const data = modelData(6 * MIB + 123)

interface Setup {
  hub: HubServer
  root: string
  folder: string
  library: ModelLibrary
}

async function setUp(options: { faults?: Faults; file?: Partial<HubFile>; token?: string } = {}): Promise<Setup> {
  const hub = await HubServer.start({ [`${REPOSITORY}/${FILE}`]: { data, ...options.file } })
  onTestFinished(() => hub.stop())
  hub.faults = options.faults ?? {}
  const root = newFolder()
  const folder = join(root, 'models')
  const library = modelLibrary({ folder, environment: environment(root, hub.endpoint, options.token) })
  return { hub, root, folder, library }
}

/** Nothing is on the list, and nothing lies around but locks and parts to go on from. */
async function expectNothingInstalled({ library, folder }: Setup): Promise<void> {
  expect(await library.list()).toEqual([])
  expect(readdirSync(folder).filter(name => name.endsWith('.gguf'))).toEqual([])
}

test('a model of the hub is fetched in ranges, four at a time, checked and installed', async () => {
  const setup = await setUp()
  const { hub, folder, library } = setup
  const phases = new Set<string>()
  const model = await library.pull(`hf:${REPOSITORY}`, { onProgress: ({ phase }) => phases.add(phase) })
  expect(model).toMatchObject({
    digest: sha256(data),
    sizeBytes: data.byteLength,
    place: 'p2pai',
    source: `hf:${REPOSITORY}/${FILE}`,
    architecture: 'llama',
    chat: true
  })
  expect(sha256(readFileSync(model.path))).toBe(sha256(data))
  expect(phases).toEqual(new Set(['fetching', 'checking']))
  expect(hub.ranges.length).toBe(7)
  expect(hub.sent.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(data.byteLength)
  // The hub is asked for the list, for the facts, and then by as many as begin at once for the address of the file.
  expect(hub.asked.length).toBeLessThanOrEqual(6)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(statSync(join(folder, 'index.json')).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(folder, 'parts')).filter(name => !name.endsWith('.lock'))).toEqual([])
  expect(await library.find(model.name)).toEqual(model)
})

test('a file is fetched again only when it has changed', async () => {
  const { hub, folder, library } = await setUp()
  const first = await library.pull(`hf:${REPOSITORY}:q4_k_m`)
  expect(await library.pull(`hf:${REPOSITORY}/${FILE}`)).toEqual(first)
  expect(hub.ranges.length).toBe(7)
  const changed = modelData(3 * MIB)
  hub.files.set(`${REPOSITORY}/${FILE}`, { data: changed })
  const second = await library.pull(`hf:${REPOSITORY}`)
  expect(second).toMatchObject({ name: first.name, digest: sha256(changed) })
  expect(readdirSync(folder).filter(name => name.endsWith('.gguf')).length).toBe(1)
})

test('a wrong byte is refused, named, and not installed', async () => {
  const setup = await setUp({ faults: { wrongByte: 4 * MIB + 5 } })
  await expect(setup.library.pull(`hf:${REPOSITORY}`)).rejects.toMatchObject({
    code: 'bad_model',
    message: expect.stringMatching(new RegExp(`^${FILE} is not what the hub promises.*${sha256(data)}`))
  })
  await expectNothingInstalled(setup)
  expect(readdirSync(join(setup.folder, 'parts')).filter(name => !name.endsWith('.lock'))).toEqual([])
  setup.hub.faults = {}
  expect(await setup.library.pull(`hf:${REPOSITORY}`)).toMatchObject({ digest: sha256(data) })
})

test('what the hub promises decides, not what the server of the bytes sends', async () => {
  const setup = await setUp({ file: { digest: 'ab'.repeat(32) } })
  await expect(setup.library.pull(`hf:${REPOSITORY}`)).rejects.toMatchObject({ code: 'bad_model' })
  await expectNothingInstalled(setup)
})

test('a file that is no model is not installed, whatever its digest', async () => {
  const setup = await setUp({ file: { data: Buffer.from('<html>'.repeat(1000)) } })
  await expect(setup.library.pull(`hf:${REPOSITORY}`)).rejects.toMatchObject({
    code: 'bad_model',
    message: expect.stringMatching(/^not a usable GGUF: some-model/)
  })
  await expectNothingInstalled(setup)
})

test.each<{ id: string; faults: Faults }>([
  { id: 'a server that ignores ranges', faults: { ignoresRanges: true } },
  { id: 'a length that is not what was asked for', faults: { extraBytes: 10 } }
])('$id is refused at once', async ({ faults }) => {
  const setup = await setUp({ faults })
  await expect(setup.library.pull(`hf:${REPOSITORY}`)).rejects.toMatchObject({
    code: 'download_failed',
    message: expect.stringMatching(/the server was asked for bytes \d+-\d+\/\d+ and answers /)
  })
  expect(setup.hub.ranges.length).toBeLessThanOrEqual(4)
  await expectNothingInstalled(setup)
})

test.each<{ id: string; faults: Faults }>([
  { id: 'a connection that breaks six times', faults: { cut: { answers: 6, afterBytes: 300_000 } } },
  { id: 'an address that is soon no longer good', faults: { addressUses: 2 } },
  { id: 'a server that is overloaded for a moment', faults: { status: { code: 503, times: 3, retryAfter: '0' } } }
])('$id costs nothing that was fetched', async ({ faults }) => {
  const { hub, library } = await setUp({ faults })
  expect(await library.pull(`hf:${REPOSITORY}`)).toMatchObject({ digest: sha256(data) })
  const sent = hub.sent.reduce((sum, { bytes }) => sum + bytes, 0)
  expect(sent - data.byteLength).toBeLessThanOrEqual(6 * 64 * 1024)
})

test('a file that is not there is said, and so is a repository', async () => {
  const { library } = await setUp()
  await expect(library.pull(`hf:${REPOSITORY}/other.gguf`)).rejects.toMatchObject({
    code: 'model_not_found',
    message: expect.stringContaining('other.gguf')
  })
  await expect(library.pull(`hf:${REPOSITORY}:Q2_K`)).rejects.toMatchObject({
    code: 'model_not_found',
    message: expect.stringMatching(/no GGUF "Q2_K"; it has Q4_K_M/)
  })
  await expect(library.pull('hf:nobody/nothing')).rejects.toMatchObject({
    code: 'model_not_found',
    message: expect.stringMatching(/no repository nobody\/nothing.*HF_TOKEN/)
  })
})

test('a gated model is refused with the way to open it, and opened by the token', async () => {
  const closed = await setUp({ file: { gated: 'hf_secret' } })
  await expect(closed.library.pull(`hf:${REPOSITORY}/${FILE}`)).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/accept its terms at http.*someone\/some-model-GGUF, and set HF_TOKEN/)
  })
  const wrong = await setUp({ file: { gated: 'hf_secret' }, token: 'hf_other' })
  const refusal = await wrong.library.pull(`hf:${REPOSITORY}`).catch(error => error)
  expect(refusal).toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/token in HF_TOKEN may not read it/)
  })
  expect(String(refusal.stack)).not.toContain('hf_other')
  const opened = await setUp({ file: { gated: 'hf_secret' }, token: 'hf_secret' })
  expect(await opened.library.pull(`hf:${REPOSITORY}`)).toMatchObject({ digest: sha256(data) })
})

test('the token never reaches another host than the hub', async () => {
  const { hub, library } = await setUp({ file: { gated: 'hf_secret' }, token: 'hf_secret' })
  await library.pull(`hf:${REPOSITORY}`)
  expect(hub.ranges.length).toBeGreaterThan(0)
  expect(hub.leaked).toEqual([])
  await library.pull(`${hub.plain}/${REPOSITORY}/${FILE}`)
  expect(hub.leaked).toEqual([])
})

test('all who ask at once share one download, and one who gives up does not end it', async () => {
  const { hub, library, folder, root } = await setUp({ faults: { pieceMs: 2 } })
  const other = modelLibrary({ folder, environment: environment(root, hub.endpoint) })
  const leaving = new AbortController()
  const pulls = [
    library.pull(`hf:${REPOSITORY}`),
    library.pull(`hf:${REPOSITORY}:Q4_K_M`, { onProgress: () => leaving.abort(), signal: leaving.signal }),
    other.pull(`hf:${REPOSITORY}/${FILE}`)
  ]
  const [first, second, third] = await Promise.allSettled(pulls)
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } })
  expect(first).toMatchObject({ status: 'fulfilled', value: { digest: sha256(data) } })
  expect(third).toEqual(first)
  expect(hub.sent.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(data.byteLength)
})

test('a download that everybody has left stops, and the next one goes on', async () => {
  const { hub, library } = await setUp({ faults: { pieceMs: 1 } })
  const leaving = new AbortController()
  const left = library.pull(`hf:${REPOSITORY}`, {
    signal: leaving.signal,
    onProgress: ({ doneBytes }) => doneBytes > 3 * MIB && leaving.abort()
  })
  await expect(left).rejects.toMatchObject({ code: 'aborted' })
  hub.faults = {}
  const done: number[] = []
  await library.pull(`hf:${REPOSITORY}`, { onProgress: ({ doneBytes }) => done.push(doneBytes) })
  expect(done[0]).toBeGreaterThan(3 * MIB)
})

test('a plain server is taken from too, and the digest is what came', async () => {
  const { hub, library } = await setUp()
  const model = await library.pull(`${hub.plain}/${REPOSITORY}/${FILE}`)
  expect(model).toMatchObject({ digest: sha256(data), source: `${hub.plain}/${REPOSITORY}/${FILE}` })
  const fetched = hub.ranges.length
  expect(await library.pull(`${hub.plain}/${REPOSITORY}/${FILE}`)).toEqual(model)
  expect(hub.ranges.length).toBe(fetched)
})

test("a page's address at the hub means the file of that page", async () => {
  const { hub, library } = await setUp()
  const model = await library.pull(`${hub.endpoint}/${REPOSITORY}/blob/main/${FILE}`)
  expect(model.source).toBe(`hf:${REPOSITORY}/${FILE}`)
})

test('a file is copied into the library, and a broken one is not', async () => {
  const setup = await setUp()
  const file = join(setup.root, 'my own model!.gguf')
  writeFileSync(file, data)
  const model = await setup.library.pull(file)
  expect(model).toMatchObject({ digest: sha256(data), source: file })
  expect(model.path.startsWith(`${setup.folder}/`)).toBe(true)
  expect(await setup.library.remove(model.name)).toEqual(model)
  expect(existsSync(file)).toBe(true)
  await expectNothingInstalled(setup)
  writeFileSync(file, 'GGUF'.repeat(100))
  await expect(setup.library.pull(file)).rejects.toMatchObject({ code: 'bad_model' })
  await expectNothingInstalled(setup)
})

test("a model in ollama's store is used there, and stays there", async () => {
  const setup = await setUp()
  const blob = join(setup.root, 'ollama/blobs', `sha256-${sha256(data)}`)
  const manifest = join(setup.root, 'ollama/manifests/registry.ollama.ai/library/some')
  for (const folder of [join(setup.root, 'ollama/blobs'), manifest]) mkdirSync(folder, { recursive: true })
  writeFileSync(blob, data)
  const mediaType = 'application/vnd.ollama.image.model'
  const layers = [{ mediaType, digest: `sha256:${sha256(data)}`, size: data.byteLength }]
  writeFileSync(join(manifest, '1b'), JSON.stringify({ schemaVersion: 2, layers }))
  expect(await setup.library.find('some:1b')).toMatchObject({ path: blob, place: 'ollama', installed: false })
  await expect(setup.library.remove('some:1b')).rejects.toThrow(/belongs to ollama/)
  const model = await setup.library.pull(`hf:${REPOSITORY}`)
  expect(model).toMatchObject({ path: blob, place: 'ollama', installed: true })
  expect(setup.hub.ranges).toEqual([])
  await setup.library.remove(model.name)
  expect(existsSync(blob)).toBe(true)
})

test("a store's file that is not what its name says is not believed", async () => {
  const setup = await setUp()
  const { root, hub, library } = setup
  const cache = join(root, 'hub', `models--${REPOSITORY.replace('/', '--')}`)
  for (const folder of ['blobs', 'refs', 'snapshots/c0ffee']) mkdirSync(join(cache, folder), { recursive: true })
  writeFileSync(join(cache, 'blobs', sha256(data)), modelData(data.byteLength))
  writeFileSync(join(cache, 'refs/main'), 'c0ffee')
  symlinkSync(join('../../blobs', sha256(data)), join(cache, 'snapshots/c0ffee', FILE))
  expect(await library.list()).toMatchObject([{ place: 'hub-cache', digest: sha256(data) }])
  const model = await library.pull(`hf:${REPOSITORY}`)
  expect(model).toMatchObject({ place: 'p2pai', digest: sha256(data) })
  expect(sha256(readFileSync(model.path))).toBe(sha256(data))
  expect(hub.ranges.length).toBe(7)
})

test.each([
  'hf:../../etc/passwd.gguf',
  'hf:a/b/../../../x.gguf',
  'hf:a/b/%2e%2e/x.gguf',
  'hf:a/b:../../x',
  'hf:a/..',
  'hf:a/b/x\u0000.gguf',
  'hf:a/b/CON\n.gguf',
  'hf:a/b/‮fugg.gguf',
  'http://example.org/x.gguf',
  'https://user:password@example.org/x.gguf',
  'file:///etc/passwd',
  'ftp://example.org/x.gguf',
  '../../nothing.gguf'
])('case T22: %j asks nobody and writes nothing', async wanted => {
  const { hub, library, folder } = await setUp()
  await expect(library.pull(wanted)).rejects.toMatchObject({ code: 'invalid_request' })
  expect(hub.asked).toEqual([])
  expect(existsSync(folder)).toBe(false)
})

test('names that the hub lists are not believed either', async () => {
  const { hub, library, folder, root } = await setUp()
  hub.files.clear()
  for (const name of ['../../../escape-Q4_K_M.gguf', '/etc/x-Q4_K_M.gguf', 'a/../../x-Q4_K_M.gguf']) {
    hub.files.set(`${REPOSITORY}/${name}`, { data })
  }
  await expect(library.pull(`hf:${REPOSITORY}`)).rejects.toMatchObject({ code: 'model_not_found' })
  expect(readdirSync(root).sort()).toEqual(['hub', 'models', 'ollama'])
  expect(readdirSync(folder)).toEqual(['parts'])
})
