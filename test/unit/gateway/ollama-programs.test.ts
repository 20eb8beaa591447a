import { describe, expect, test, vi } from 'vitest'
import { chatMessage, generated, linesForm } from '../../../src/gateway/ollama/answer.ts'
import type { ModelControl } from '../../../src/interface/index.ts'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { FakeEngine } from './fixtures.ts'
import { gatewayOver } from './support/http.ts'

const messages = [{ role: 'user', content: 'Hi' }]

/** As ollama's command sends them: Go writes every field, and what was not set is empty. */
const FROM_GO: [string, object][] = [
  [
    '/api/chat',
    {
      messages: [{ ...messages[0], images: null, tool_calls: null }],
      stream: false,
      options: null,
      format: null,
      tools: null,
      think: null,
      keep_alive: null
    }
  ],
  [
    '/api/generate',
    {
      prompt: 'Hi',
      suffix: '',
      system: '',
      template: '',
      context: null,
      stream: false,
      raw: false,
      images: null,
      options: null,
      format: '',
      keep_alive: null
    }
  ],
  ['/api/show', { name: '', system: '', template: '', verbose: false, options: null }],
  ['/api/embed', { input: 'Hi', truncate: false, keep_alive: null, options: null }]
]

describe('ollama programs', () => {
  test.each(FROM_GO)('%s takes a body in which nothing that is not meant is set', async (path, body) => {
    const { send } = gatewayOver(scriptedEngine({ features: { embeddings: true } }))
    const response = await send(path, { body: { model: 'scripted:test', ...body } })
    expect(await response.json()).not.toHaveProperty('error')
    expect(response.status).toBe(200)
  })

  test.each([
    ['/api/generate', { prompt: 'Hi', template: '{{ .Prompt }}' }, 'template'],
    ['/api/generate', { prompt: 'Hi', suffix: 'end' }, 'suffix'],
    ['/api/chat', { messages, top_logprobs: 2 }, 'top_logprobs'],
    ['/api/chat', { messages, keep_alive: 'garbage' }, 'keep_alive'],
    ['/api/show', { name: 'another' }, 'model']
  ])('%s refuses what is set and cannot be honoured', async (path, body, field) => {
    const response = await gatewayOver(new FakeEngine()).send(path, { body: { model: 'fake:1m', ...body } })
    expect(response.status).toBe(400)
    expect(((await response.json()) as { error: string }).error).toContain(field)
  })

  test.each([
    ['/api/chat', { messages: [] }],
    ['/api/generate', { prompt: '' }],
    ['/api/generate', {}]
  ])('%s without a prompt loads the model, and says so', async (path, body) => {
    const engine = scriptedEngine()
    const response = await gatewayOver(engine).send(path, {
      body: { model: 'scripted:test', ...body, keep_alive: '1h' }
    })
    expect(await response.json()).toMatchObject({ model: 'scripted:test', done: true, done_reason: 'load' })
    expect(engine.calls[0]).toMatchObject({ tokens: 0, request: { maxTokens: 0, keepAliveMs: 3_600_000 } })
  })

  test('keep_alive 0 without a prompt unloads it, as `ollama stop` asks; with one it is unloaded after the answer', async () => {
    const unload = vi.fn(async (name: string) => ({ name: `${name}:whole`, digest: '', sizeBytes: 0 }))
    const engine = scriptedEngine()
    const { send } = gatewayOver(engine, {}, { unload } as unknown as ModelControl)
    const body = { model: 'scripted', keep_alive: 0 }
    const stopped = await (await send('/api/generate', { body })).json()
    expect(stopped).toMatchObject({ model: 'scripted:whole', response: '', done: true, done_reason: 'unload' })
    expect(unload).toHaveBeenCalledExactlyOnceWith('scripted')
    expect(engine.calls).toHaveLength(0)
    await (await send('/api/generate', { body: { ...body, prompt: 'Hi', stream: false } })).json()
    expect(engine.calls[0]?.request).toMatchObject({ keepAliveMs: 0 })
  })

  test('a sign of life is a line that every client can read as a piece without text', () => {
    for (const [form, said] of [
      [chatMessage, { message: { role: 'assistant', content: '' } }],
      [generated, { response: '' }]
    ] as const) {
      const text = linesForm(form).keepAlive('auto')
      expect(text.endsWith('\n')).toBe(true)
      const lines = text.trimEnd().split('\n')
      expect(lines.map(line => JSON.parse(line))).toMatchObject([{ model: 'auto', ...said, done: false }])
    }
  })
})
