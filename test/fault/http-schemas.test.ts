import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LlamaEngine, llamaEngine } from '../../src/index.ts'
import { BUILT_IN } from '../e2e/models.ts'
import { gatewayOver } from '../unit/gateway/support/http.ts'
import { expectWithin } from './support/within.ts'

const nested = (levels: number): object =>
  levels === 0 ? { type: 'string' } : { type: 'array', items: nested(levels - 1) }

describe('case 9: a schema that cannot be held to', () => {
  let engine: LlamaEngine
  beforeAll(async () => {
    engine = await llamaEngine({ modelFile: BUILT_IN })
    await engine.load()
  })
  afterAll(async () => await engine.close())

  async function ask(schema: string) {
    const { send } = gatewayOver(engine)
    const format = `{"type":"json_schema","json_schema":{"name":"a","schema":${schema}}}`
    const body = `{"model":"auto","max_tokens":20,"messages":[{"role":"user","content":"Hi"}],"response_format":${format}}`
    const startedAtMs = performance.now()
    const response = await send('/v1/chat/completions', { body })
    return { status: response.status, text: await response.text(), tookMs: performance.now() - startedAtMs }
  }

  test.each<[string, string]>([
    ['of 1 MiB', JSON.stringify({ type: 'string', description: 'x'.repeat(1 << 20) })],
    ['of 60 levels', JSON.stringify(nested(28))],
    ['of 10,000 levels', `${'{"items":'.repeat(10_000)}{}${'}'.repeat(10_000)}`],
    ['that is elsewhere', '{"$ref":"http://127.0.0.1:9/schema.json"}'],
    ['with an expression', '{"type":"string","pattern":"(a+)+b"}'],
    ['of no type', '{"type":"hiccup"}']
  ])('%s is a 400 at once', async (_, schema) => {
    const { status, tookMs } = await ask(schema)
    expect(status).toBe(400)
    expectWithin(tookMs, 100)
  })

  test('that contains itself is answered or refused, and does not hang', async () => {
    const self = '{"$defs":{"a":{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}}}},"$ref":"#/$defs/a"}'
    expect([200, 400]).toContain((await ask(self)).status)
  })
})
