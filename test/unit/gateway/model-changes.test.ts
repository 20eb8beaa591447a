import { expect, test } from 'vitest'
import { KeyCheck } from '../../../src/gateway/guard/api-key.ts'
import {
  AbortedError,
  DiskFullError,
  InvalidRequestError,
  type ManagedModel,
  type ModelControl,
  ModelNotFoundError,
  type PullOptions
} from '../../../src/interface/index.ts'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { FakeEngine } from './fixtures.ts'
import { gatewayOver, jsonOf, linesOf } from './support/http.ts'

const MODEL: ManagedModel = { name: 'smollm2:135m-q4_1', digest: 'a'.repeat(64), sizeBytes: 9 }

/** Does what a test says, and remembers what it was asked for. */
function control(pull: (options: PullOptions) => Promise<void> = async () => undefined) {
  const asked: string[] = []
  const fake: ModelControl = {
    async pull(wanted, options = {}) {
      asked.push(`pull ${wanted}`)
      await pull(options)
      return MODEL
    },
    async remove(wanted) {
      asked.push(`remove ${wanted}`)
      if (wanted === 'unknown') throw new ModelNotFoundError('no model "unknown" is installed')
      if (wanted === 'foreign') throw new InvalidRequestError('foreign belongs to ollama')
      return MODEL
    },
    unload: async () => MODEL,
    refresh: async () => undefined
  }
  return { fake, asked }
}

const gateway = (fake: ModelControl) => gatewayOver(new FakeEngine(), { modelChanges: 'local' }, fake)

test('pull: lines of progress as ollama writes them, to success', async () => {
  const digest = 'b'.repeat(64)
  const { fake, asked } = control(async ({ onProgress }) => {
    onProgress?.({ phase: 'fetching', doneBytes: 4, totalBytes: 9, digest })
    // The lines are read one by one: whoever reads is told of what is new first.
    await new Promise(resolve => setTimeout(resolve, 150))
    onProgress?.({ phase: 'checking', doneBytes: 9, totalBytes: 9, digest })
  })
  const response = await gateway(fake).send('/api/pull', { body: { name: 'smollm2:135m' } })
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  expect(linesOf(await response.text())).toEqual([
    { status: 'pulling manifest' },
    { status: 'pulling bbbbbbbbbbbb', digest: `sha256:${digest}`, total: 9, completed: 4 },
    { status: 'verifying sha256 digest' },
    { status: 'success' }
  ])
  const body = { model: 'hf.co/org/repo:Q4_K_M', stream: false }
  expect(await jsonOf(gateway(fake).send('/api/pull', { body }))).toEqual({ status: 'success' })
  expect(asked).toEqual(['pull smollm2:135m', 'pull hf.co/org/repo:Q4_K_M'])
})

test('pull: an error is the last line, or the status of an answer that is no stream', async () => {
  const { fake } = control(async () => {
    throw new DiskFullError('the disk is full')
  })
  const { send } = gateway(fake)
  const streamed = await send('/api/pull', { body: { model: 'x' } })
  expect(streamed.status).toBe(200)
  expect(linesOf(await streamed.text()).at(-1)).toEqual({ error: 'the disk is full' })
  const plain = await send('/api/pull', { body: { model: 'x', stream: false } })
  expect(plain.status).toBe(507)
  expect(await jsonOf(plain)).toEqual({ error: 'the disk is full' })
  const text = await (await send('/metrics')).text()
  expect(text).toMatch(/^p2pai_refusals_total\{reason="disk_full"\} 2$/m)
  expect(text).toMatch(/^p2pai_requests_in_flight 0$/m)
})

test('pull: a client that leaves ends the download', async () => {
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const { fake } = control(async ({ signal }) => {
    begun.resolve()
    await new Promise<void>((_, reject) =>
      signal?.addEventListener('abort', () => reject(new AbortedError('left')))
    ).finally(ended.resolve)
  })
  const response = await gateway(fake).send('/api/pull', { body: { model: 'x' } })
  const reader = response.body!.getReader()
  await reader.read()
  await begun.promise
  await reader.cancel()
  await ended.promise
})

test.each([
  '/etc/passwd',
  '../x',
  './x.gguf',
  'x.gguf',
  'https://example.org/x.gguf',
  'file:///x',
  'hf:x',
  'hf:a/b c',
  ''
])('pull: %j is no name that comes over HTTP', async name => {
  const { fake, asked } = control()
  const response = await gateway(fake).send('/api/pull', { body: { model: name } })
  expect(response.status).toBe(400)
  expect((await jsonOf(response)).error).toContain('model')
  expect(asked).toEqual([])
})

test('delete: 200, 404 for a model that is not here, 409 for that of another program and for one that answers', async () => {
  const { fake, asked } = control()
  const engine = scriptedEngine({ name: 'busy:1b', tokenMs: 60_000 })
  const { send } = gatewayOver(engine, { modelChanges: 'local' }, fake)
  const remove = async (model: string) => await send('/api/delete', { method: 'DELETE', body: { model } })
  const removed = await remove('smollm2:135m')
  expect([removed.status, await removed.text()]).toEqual([200, ''])
  const unknown = await remove('unknown')
  expect([unknown.status, await jsonOf(unknown)]).toEqual([404, { error: expect.stringContaining('unknown') }])
  expect((await remove('foreign')).status).toBe(409)
  expect(asked).toEqual(['remove smollm2:135m', 'remove unknown', 'remove foreign'])
  const stop = new AbortController()
  const body = { model: 'busy:1b', prompt: 'x', stream: false }
  const answer = send('/api/generate', { body, signal: stop.signal })
  await expect.poll(() => engine.status()[0]?.slots.busy).toBe(1)
  expect((await remove('busy')).status).toBe(409)
  expect(asked.length).toBe(3)
  stop.abort()
  await expect(answer).rejects.toThrow('aborted')
})

const calls = [
  { path: '/api/pull', method: 'POST' },
  { path: '/api/delete', method: 'DELETE' }
]

test.each(calls)('case 51: $path: strangers and pages change no models; whoever knows the key does', async call => {
  const { fake, asked } = control()
  const origin = 'https://app.example.org'
  const own = { policy: 'address' as const, cors: [origin], port: () => 11435 }
  const key = new KeyCheck('a-key-of-some-length', 0)
  const status = async (init: Parameters<typeof gatewayOver>[1], headers: Record<string, string> = {}) => {
    const { send } = gatewayOver(new FakeEngine(), init, fake)
    return (await send(call.path, { method: call.method, body: { model: 'x' }, headers })).status
  }
  expect(await status({ own })).toBe(403)
  expect(await status({ own, modelChanges: 'nobody' })).toBe(403)
  expect(await status({ own, modelChanges: 'local' }, { origin })).toBe(403)
  expect(await status({ own, modelChanges: 'key', key })).toBe(401)
  expect(asked).toEqual([])
  const authorization = 'Bearer a-key-of-some-length'
  expect(await status({ own, modelChanges: 'key', key }, { authorization, origin })).toBe(200)
  expect(await status({ own, modelChanges: 'local' })).toBe(200)
  expect(asked.length).toBe(2)
})

test.each(calls)('$path of a node that manages no models is a 400', async ({ path, method }) => {
  const { send } = gatewayOver(new FakeEngine(), { modelChanges: 'local' })
  expect((await send(path, { method, body: { model: 'x' } })).status).toBe(400)
})
