import { statSync } from 'node:fs'
import type { LlamaContext } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Constraint } from '../../src/inference/llama/child/constraint.ts'
import { readGgufHeader } from '../../src/inference/llama/child/gguf-header.ts'
import { grammarsFor } from '../../src/inference/llama/child/grammar.ts'
import { loadModel } from '../../src/inference/llama/child/load.ts'
import { disposeModel, type LoadedModel } from '../../src/inference/llama/child/loaded-model.ts'
import { LogRing } from '../../src/inference/llama/child/log-ring.ts'
import { RequestHost } from '../../src/inference/llama/child/request-host.ts'
import type { ChildRequest, FromChild } from '../../src/inference/llama/ipc.ts'
import { textMessage } from '../../src/interface/index.ts'
import { BUILT_IN_MODEL } from '../fixtures/gguf-folder.ts'

/** The parts of node-llama-cpp that the engine leans on beyond its documentation, so that an upgrade is noticed. */
describe('what an upgrade of node-llama-cpp could break', () => {
  const ring = new LogRing()
  let loaded: LoadedModel
  let batches: number[] = []
  beforeAll(async () => {
    const header = readGgufHeader(BUILT_IN_MODEL)
    const options = {
      modelFile: BUILT_IN_MODEL,
      weightsBytes: statSync(BUILT_IN_MODEL).size,
      contextSizeTokens: 1024,
      slots: 4,
      gpu: 'off' as const,
      threads: 1,
      header
    }
    loaded = (await loadModel(options, { ring, onPercent: () => undefined })).loaded
    batches = watchBatches(loaded.context)
  })
  afterAll(() => disposeModel(loaded))

  const ask = (text: string, changes: Partial<ChildRequest> = {}): ChildRequest => ({
    messages: [textMessage('user', text)],
    tenant: text,
    sampling: { temperature: 1, seed: 1 },
    stop: [],
    maxTokens: 40,
    ...changes
  })

  /** Answers requests at once, and gives all messages. */
  async function serve(requests: ChildRequest[], onMessage?: (message: FromChild, host: RequestHost) => void) {
    const messages: FromChild[] = []
    const done = Promise.withResolvers<void>()
    let over = 0
    const host: RequestHost = new RequestHost({
      loaded,
      ring,
      send: message => {
        messages.push(message)
        onMessage?.(message, host)
        if (message.type !== 'ended' && message.type !== 'rejected') return
        if (++over === requests.length) done.resolve()
      }
    })
    await Promise.all(requests.map((request, id) => host.prepare(id, request)))
    requests.forEach((_, id) => void host.start(id))
    await done.promise
    return messages
  }

  it('decodes four streams in batches of four', async () => {
    batches.length = 0
    const stories = ['Tell me a story.', 'Tell me one more story.', 'Another story, please.', 'A story about a boat.']
    await serve(stories.map(text => ask(text)))
    const decodes = batches.filter(size => size <= 4)
    const mean = decodes.reduce((sum, size) => sum + size, 0) / decodes.length
    expect(mean).toBeGreaterThan(3)
  })

  it('lets others decode while a long prompt is read', async () => {
    batches.length = 0
    const long = ask('word '.repeat(900), { maxTokens: 1 })
    await serve([ask('Tell me a long story.', { maxTokens: 30 }), long])
    // A part of the prompt and one token of the other stream in the same batch.
    expect(batches.filter(size => size > 32).length).toBeGreaterThan(1)
    expect(Math.max(...batches)).toBeLessThan(600)
  })

  it('stops in the middle of a prompt', async () => {
    batches.length = 0
    let cancelled = false
    const messages = await serve([ask('word '.repeat(950))], (message, host) => {
      if (message.type === 'prepared') {
        setImmediate(() => {
          cancelled = true
          host.cancel(0)
        })
      }
    })
    expect(cancelled).toBe(true)
    expect(messages.at(-1)).toMatchObject({ type: 'rejected', error: { code: 'aborted' } })
    expect(batches.reduce((sum, size) => sum + size, 0)).toBeLessThan(900)
    expect(loaded.slots.every(slot => !slot.busy)).toBe(true)
  })

  it('finds the cached beginning of a conversation again, and none of another tenant', async () => {
    const endOf = (messages: FromChild[]) => messages.find(message => message.type === 'ended')!.end
    const text = 'Once upon a time there was a small boat in a large harbour, and it wanted to see the sea.'
    await serve([ask(text, { tenant: 'a', maxTokens: 2 })])
    const again = endOf(await serve([ask(text, { tenant: 'a', maxTokens: 2 })]))
    expect(again.cachedPromptTokens).toBe(again.promptTokens - 1)
    const other = endOf(await serve([ask(text, { tenant: 'b', maxTokens: 2 })]))
    expect(other.cachedPromptTokens).toBe(0)
  })

  it('advances a grammar over tokens that another provider drew, by the one internal call', async () => {
    const { answer } = await grammarsFor(loaded.llama, { type: 'json' }, undefined)
    const constraint = new Constraint(loaded.llama, loaded.model)
    expect(constraint.bind(answer!, loaded.model.tokenize('{'))).toBe(true)
    const alien = loaded.model.tokenize('Hello')
    expect(alien.every(token => constraint.follow(token))).toBe(false)
    const format = {
      type: 'json_schema' as const,
      schema: { type: 'object', properties: { city: { type: 'string' } } }
    }
    const resume = { text: '{"city": "Par' }
    const messages = await serve([ask('Which city?', { responseFormat: format, resume, sampling: { temperature: 0 } })])
    const rest = messages.flatMap(message => (message.type === 'deltas' ? message.deltas : [])).map(delta => delta.text)
    const end = messages.find(message => message.type === 'ended')!.end
    if (end.finishReason === 'stop') expect(JSON.parse(resume.text + rest.join(''))).toHaveProperty('city')
    else expect(end.finishReason).toBe('length')
    expect(rest.join('').trimStart().startsWith('{')).toBe(false)
  })
})

/** Writes down the size of every batch that reaches llama.cpp. */
function watchBatches(context: LlamaContext): number[] {
  const sizes: number[] = []
  const holder = context as unknown as { _ctx: { initBatch(size: number): void } }
  const inner = holder._ctx
  holder._ctx = new Proxy(inner, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key)
      if (key === 'initBatch') {
        return (size: number) => {
          sizes.push(size)
          target.initBatch(size)
        }
      }
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
  return sizes
}
