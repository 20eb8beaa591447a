import { expect, onTestFinished, test } from 'vitest'
import { ModelNotFoundError } from '../../src/interface/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { worldForTest } from '../conformance/clients/support/world.ts'
import { gatewayOver } from '../unit/gateway/support/http.ts'
import { type BodySchema, injuredText, poisoned, validBody } from './support/http-bodies.ts'
import { type Random, seededRandom } from './support/random.ts'

const PROVE = process.env.P2PAI_PROVE === '1'
const BODIES = PROVE ? 10_000 : 2_000

/** What a client may be told of a body that is wrong: nothing of 5xx. */
const REFUSALS = [400, 404, 413, 415]
const JSON_TYPE = { 'content-type': 'application/json' }

interface Document {
  paths: Record<string, Record<string, { requestBody?: { content: { 'application/json': { schema: BodySchema } } } }>>
}

test(`bad bodies, ${BODIES} of them made from the OpenAPI document, are refused and never break anything`, async () => {
  const uncaught: unknown[] = []
  const note = (error: unknown): void => void uncaught.push(error)
  process.on('uncaughtException', note).on('unhandledRejection', note)
  onTestFinished(() => void process.off('uncaughtException', note).off('unhandledRejection', note))
  const log: unknown[] = []
  const engine = scriptedEngine({ maxQueued: 64, features: { embeddings: true, rerank: true } })
  const unknown = async (): Promise<never> => {
    throw new ModelNotFoundError('there is no such model')
  }
  const control = { pull: unknown, remove: unknown, unload: unknown, refresh: async () => undefined }
  const init = { modelChanges: 'local' as const, log: (...entry: unknown[]) => void log.push(entry) }
  const { send } = gatewayOver(engine, init, control)
  const world = await worldForTest()
  const document = (await (await send('/openapi.json')).json()) as Document
  const asks = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody }]) =>
      requestBody === undefined ? [] : [{ path, method, schema: requestBody.content['application/json'].schema }]
    )
  )
  expect(asks.length).toBeGreaterThanOrEqual(14)
  const random = seededRandom('http bodies')
  const seen = new Map<number, number>()
  for (let count = 0; count < BODIES; count++) {
    const { path, method, schema } = asks[count % asks.length]!
    const body = badBody(schema, random)
    // Some over a real connection, to a node that must ask another one.
    const response =
      count % 10 === 0
        ? await fetch(`${world.url}${path}`, { body, method: method.toUpperCase(), headers: JSON_TYPE })
        : await send(path, { body, method: method.toUpperCase() })
    const text = await response.text()
    seen.set(response.status, (seen.get(response.status) ?? 0) + 1)
    const why = `${path} ${body.slice(0, 500)} -> ${text.slice(0, 500)}`
    if (response.status === 200) expect(text, why).not.toContain('"internal"')
    else {
      expect(REFUSALS, why).toContain(response.status)
      const { error } = JSON.parse(text) as { error: unknown }
      expect(typeof error, why).toBe(path.startsWith('/api/') ? 'string' : 'object')
    }
  }
  console.log(`${BODIES} bodies:`, Object.fromEntries(seen))
  expect(log).toEqual([])
  expect(uncaught).toEqual([])
  expect((Object.prototype as { polluted?: unknown }).polluted).toBeUndefined()
  // A body that breaks nothing proves nothing: most must be refused, and some must get through to the engine.
  expect(seen.get(400)).toBeGreaterThan(BODIES / 2)
  expect(seen.get(200)).toBeGreaterThan(0)
  const good = await send('/v1/chat/completions', {
    body: { model: 'auto', messages: [{ role: 'user', content: 'x' }] }
  })
  expect(good.status).toBe(200)
  expect(world.engine.calls.length).toBeGreaterThan(0)
  expect((await fetch(`${world.url}/health`)).status).toBe(200)
}, 300_000)

function badBody(schema: BodySchema, random: Random): string {
  const text = JSON.stringify(poisoned(validBody(schema, random), random))
  return random.below(5) === 0 ? injuredText(text, random) : text
}
