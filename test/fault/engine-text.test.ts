import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LlamaEngine, llamaEngine } from '../../src/inference/index.ts'
import { type GenerateRequest, textMessage } from '../../src/interface/index.ts'
import { collect } from '../../src/testing/index.ts'
import { BUILT_IN_MODEL, type ModelFolder, modelFolder } from '../fixtures/gguf-folder.ts'
import { chainModel } from '../fixtures/gguf-model.ts'
import { expectWithin } from './support/within.ts'

/** Bytes of 😀 and é, each byte a token of its own, between whole words. */
const CHAIN = ['Hello', ' dear', ' ', 0xf0, 0x9f, 0x98, 0x80, ' and', ' caf', 0xc3, 0xa9, ' again', '!']
const WHOLE = 'Hello dear 😀 and café again!'

const ask = (changes: Partial<GenerateRequest> = {}): GenerateRequest => ({
  model: 'auto',
  messages: [textMessage('user', 'Hi')],
  sampling: { temperature: 0 },
  ...changes
})

describe('text in and out of the engine', () => {
  let folder: ModelFolder
  let chain: LlamaEngine
  let builtIn: LlamaEngine
  beforeAll(async () => {
    folder = await modelFolder()
    const modelFile = await folder.write('chain.gguf', chainModel(CHAIN))
    chain = await llamaEngine({ modelFile })
    builtIn = await llamaEngine({ modelFile: BUILT_IN_MODEL })
    await Promise.all([chain.load(), builtIn.load()])
  })
  afterAll(async () => {
    await Promise.all([chain.close(), builtIn.close()])
    await folder.remove()
  })

  it('case 45: cuts no character, and every delta has exactly its own tokens', async () => {
    const { text, deltas, end } = await collect(chain, ask())
    expect(text).toBe(WHOLE)
    expect(deltas.some(delta => delta.text.includes('\ufffd'))).toBe(false)
    expect(deltas.find(delta => delta.text.includes('😀'))!.tokenCount).toBe(4)
    expect(deltas.reduce((sum, delta) => sum + delta.tokenCount, 0)).toBe(CHAIN.length)
    expect(end.usage.completionTokens).toBe(CHAIN.length)
  })

  it('case 45: flushes an unfinished character once when the limit cuts it', async () => {
    const { text, end } = await collect(chain, ask({ maxTokens: 5 }))
    expect(text).toBe('Hello dear \ufffd')
    expect(end.finishReason).toBe('length')
  })

  it('case 45: goes on from every delta to the very same text', async () => {
    const { deltas, accepted } = await collect(chain, ask())
    for (let cut = 1; cut < deltas.length; cut++) {
      const given = deltas.slice(0, cut)
      const text = given.map(delta => delta.text).join('')
      const tokenIds = given.flatMap(delta => delta.tokenIds ?? [])
      const rest = await collect(chain, ask({ resume: { text, tokenIds, digest: accepted.model.digest } }))
      expect(text + rest.text).toBe(WHOLE)
    }
  })

  it('case 47: leaks nothing of a stop string over two tokens or within a character of many bytes', async () => {
    for (const stop of ['ar 😀', '😀', 'café', 'é again', 'r 😀 and c', '!']) {
      const { text, end } = await collect(chain, ask({ stop: [stop] }))
      expect(text).toBe(WHOLE.slice(0, WHOLE.indexOf(stop)))
      expect(end).toMatchObject({ finishReason: 'stop', stopSequence: stop })
    }
    expect((await collect(chain, ask({ stop: ['never'] }))).end.stopSequence).toBeUndefined()
  })

  it('case 46: counts prompts of joiners, NUL, right-to-left and lone surrogates, and lives', async () => {
    const texts = ['\u200d'.repeat(300), 'a\u0000b', '\u202eabc\u05d0', '\ud83d', '\udc00x', '𝕳𝖊𝖑𝖑𝖔'.repeat(20)]
    for (const text of texts) {
      const { end } = await collect(builtIn, ask({ messages: [textMessage('user', text)], maxTokens: 2 }))
      expect(end.usage.promptTokens).toBeGreaterThan(8)
    }
    const joiners = ask({ messages: [textMessage('user', '\u200d'.repeat(1_000_000))] })
    await expect(collect(builtIn, joiners)).rejects.toMatchObject({ code: 'payload_too_large' })
  })

  it('case 48: reads control tokens in the text of a user as text', async () => {
    const tokens = async (text: string) =>
      (await collect(builtIn, ask({ messages: [textMessage('user', text)], maxTokens: 1 }))).end.usage.promptTokens
    const plain = await tokens('x')
    for (const text of ['<|im_end|>', '<|im_start|>system', '</s>', '[INST]']) {
      // A control token would be one; as text each is several.
      expect(await tokens(text)).toBeGreaterThan(plain + 1)
    }
  })

  it('case 48: takes no control tokens out of the ids of a resumed answer', async () => {
    const { accepted, deltas } = await collect(builtIn, ask({ maxTokens: 3 }))
    const text = deltas.map(delta => delta.text).join('')
    const ids = deltas.flatMap(delta => delta.tokenIds ?? [])
    const request = (tokenIds: number[]) =>
      ask({ resume: { text, tokenIds, digest: accepted.model.digest }, maxTokens: 8 })
    const honest = await collect(builtIn, request(ids))
    // Ids 0 to 3 are control tokens of this model, without text.
    const forged = await collect(builtIn, request([...ids, 1]))
    expect(forged.text).toBe(honest.text)
    await expect(collect(builtIn, request([-1]))).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(collect(builtIn, request([1e9]))).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('case 7: refuses a prompt over the context with both numbers, and takes no slot for it', async () => {
    const messages = [textMessage('user', 'word '.repeat(3000))]
    const error = await collect(builtIn, ask({ messages })).catch(caught => caught)
    expect(error.code).toBe('context_length_exceeded')
    expect(error.details.contextSizeTokens).toBe(1024)
    expect(error.details.promptTokens).toBeGreaterThan(1024)
    expect(error.message).toContain(String(error.details.promptTokens))
    expect(builtIn.status()[0]!.slots.busy).toBe(0)
    const large = ask({ messages: [textMessage('user', 'x'.repeat(2 << 20))] })
    await expect(collect(builtIn, large)).rejects.toMatchObject({ code: 'payload_too_large' })
  })

  it('case 7: counts a prompt beside a full engine, and when it is cold', async () => {
    const before = chain.status()[0]!
    const first = await collect(chain, ask({ maxTokens: 5 }))
    const tokenIds = first.events.flatMap(event => (event.type === 'delta' ? (event.tokenIds ?? []) : []))
    const resume = { text: first.text, tokenIds, digest: (await chain.models())[0]!.digest }
    const running = Array.from({ length: before.slots.total }, () => chain.generate(ask())[Symbol.asyncIterator]())
    await Promise.all(running.map(answer => answer.next()))
    await expect.poll(() => chain.status()[0]!.slots.busy).toBe(before.slots.total)
    const counted = await collect(chain, ask({ maxTokens: 0 }))
    expect(counted.events.map(event => event.type)).toEqual(['accepted', 'end'])
    expect(counted.end.usage).toMatchObject({ cachedPromptTokens: 0, completionTokens: 0 })
    expect(counted.end.usage.promptTokens).toBe((await collect(chain, ask())).end.usage.promptTokens)
    const begun = await collect(chain, ask({ maxTokens: 0, resume }))
    expect(begun.end.usage.promptTokens, 'what was given out is no prompt').toBe(counted.end.usage.promptTokens)
    await Promise.all(running.map(answer => answer.return?.()))
    const cold = await llamaEngine({ modelFile: BUILT_IN_MODEL })
    const { end, events } = await collect(cold, ask({ maxTokens: 0 }))
    expect(end.usage.promptTokens).toBe((await collect(builtIn, ask({ maxTokens: 1 }))).end.usage.promptTokens)
    expect(events[0]!.type).toBe('accepted')
    await cold.close()
  })

  it('case 8: clamps counts to what the context leaves, and refuses numbers without meaning', async () => {
    const messages = [textMessage('user', 'word '.repeat(1000))]
    const clamped = await collect(
      builtIn,
      ask({ messages, maxTokens: 1e9, sampling: { temperature: 2, topK: 0, topP: 1 } })
    )
    const { promptTokens, completionTokens } = clamped.end.usage
    expect(promptTokens + completionTokens).toBeLessThanOrEqual(1024)
    for (const changes of [
      { maxTokens: -1 },
      { stop: [''] },
      { sampling: { temperature: -1 } },
      { sampling: { temperature: 99 } },
      { sampling: { repeatPenalty: 1e9 } },
      { logprobs: 1000 }
    ]) {
      await expect(collect(builtIn, ask(changes))).rejects.toMatchObject({ code: 'invalid_request' })
    }
  })

  it('case 9: refuses bad schemas fast and answers recursive ones', async () => {
    const schemas = [{ type: 'hiccup' }, { $ref: 'https://example.com' }, { type: 'string', pattern: '(a+)+b' }]
    for (const schema of schemas) {
      const startedAtMs = performance.now()
      const request = ask({ responseFormat: { type: 'json_schema', schema } })
      await expect(collect(builtIn, request)).rejects.toMatchObject({ code: 'invalid_request' })
      expectWithin(performance.now() - startedAtMs, 100)
    }
    const self = { $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }
    const loop = ask({ responseFormat: { type: 'json_schema', schema: self }, maxTokens: 5 })
    await expect(collect(builtIn, loop)).rejects.toMatchObject({ code: 'invalid_request' })
    const tree = { type: 'array', maxItems: 1, items: { $ref: '#/$defs/t' } }
    const schema = { $defs: { t: tree }, $ref: '#/$defs/t' }
    const { text } = await collect(builtIn, ask({ responseFormat: { type: 'json_schema', schema }, maxTokens: 30 }))
    expect(text.trimStart().startsWith('[')).toBe(true)
  })

  it('refuses what it cannot do, by the name of the field', async () => {
    const media = {
      role: 'user' as const,
      parts: [
        {
          type: 'media' as const,
          mediaType: 'image/png',
          data: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
        }
      ]
    }
    const cases = [
      { field: 'messages', changes: { messages: [textMessage('user', 'see'), media] } },
      { field: 'accept_if', changes: { acceptIf: { firstTokenMs: 1 } } }
    ]
    for (const { field, changes } of cases) {
      await expect(collect(chain, ask(changes))).rejects.toMatchObject({
        code: 'unsupported_feature',
        details: { field }
      })
    }
  })
})
