import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LlamaEngine, llamaEngine } from '../../src/inference/index.ts'
import {
  type GenerateRequest,
  type JsonSchema,
  type Message,
  type Tool,
  textMessage
} from '../../src/interface/index.ts'
import { type Collected, collect, joinToolCalls } from '../../src/testing/index.ts'
import { type ModelFolder, modelFolder } from '../fixtures/gguf-folder.ts'
import { chainModel, randomModel } from '../fixtures/gguf-model.ts'
import { TOOL_TEMPLATE } from '../fixtures/tool-template.ts'

const NEW_LINE = 10
/** Thinks, says something, and calls a tool: each token once, as a chain needs it. */
const THOUGHT = ['<think>', 'Let', ' me', ' see', '</think>', NEW_LINE, 'Hello', ' there', '!']
const CALL = [
  ...['Wait', ' a', ' moment', '.', '<tool_call>', '\n{"name": "get', '_weather"', ', "arguments": '],
  ...['{"city": ', '"Be', 'rn"}', '}\n', '</tool_call>']
]
const WEATHER: Tool = {
  name: 'get_weather',
  description: '',
  parameters: { type: 'object', properties: { city: { type: 'string' } } }
}

const ask = (changes: Partial<GenerateRequest> = {}): GenerateRequest => ({
  model: 'auto',
  messages: [textMessage('user', 'Hi')],
  sampling: { temperature: 0 },
  ...changes
})

/** Goes on after every delta, and expects what a whole answer says. */
async function resumeEverywhere(engine: LlamaEngine, request: GenerateRequest, whole: Collected): Promise<void> {
  for (let cut = 1; cut < whole.deltas.length; cut++) {
    const given = whole.deltas.slice(0, cut)
    const textOf = (channel: string) => given.map(delta => (delta.channel === channel ? delta.text : '')).join('')
    const tokenIds = given.flatMap(delta => delta.tokenIds ?? [])
    const resume = { text: textOf('answer'), tokenIds, digest: whole.accepted.model.digest }
    const rest = await collect(engine, { ...request, resume })
    expect(textOf('thought') + rest.thoughts).toBe(whole.thoughts)
    expect(resume.text + rest.text).toBe(whole.text)
    expect(joinToolCalls([...given, ...rest.deltas])).toEqual(whole.toolCalls)
    expect(rest.end.finishReason).toBe(whole.end.finishReason)
    expect(tokenIds.length + rest.end.usage.completionTokens).toBe(whole.end.usage.completionTokens)
  }
}

describe('calls and thoughts of the engine', () => {
  let folder: ModelFolder
  let thinker: LlamaEngine
  let caller: LlamaEngine
  let noise: LlamaEngine
  let plain: LlamaEngine
  beforeAll(async () => {
    folder = await modelFolder()
    const start = async (name: string, bytes: Uint8Array) =>
      await llamaEngine({ modelFile: await folder.write(name, bytes) })
    thinker = await start('thinker.gguf', chainModel(THOUGHT, TOOL_TEMPLATE))
    caller = await start('caller.gguf', chainModel(CALL, TOOL_TEMPLATE))
    noise = await start('noise.gguf', randomModel(TOOL_TEMPLATE))
    plain = await start('plain.gguf', randomModel())
  })
  afterAll(async () => {
    await Promise.all([thinker.close(), caller.close(), noise.close(), plain.close()])
    await folder.remove()
  })

  it('claims what the template has, and only that', async () => {
    for (const engine of [thinker, caller, noise]) {
      expect((await engine.models())[0]!.features).toMatchObject({ tools: true, thoughts: true })
    }
    expect((await plain.models())[0]!.features).toMatchObject({ tools: true, thoughts: false })
  })

  it('tells thoughts from the answer, without the marks, and counts them', async () => {
    const { thoughts, text, end } = await collect(thinker, ask())
    expect({ thoughts, text }).toEqual({ thoughts: 'Let me see', text: 'Hello there!' })
    expect(end.usage).toMatchObject({ completionTokens: THOUGHT.length, thoughtTokens: 3 })
  })

  it('goes on after every delta of a thought and of its answer', async () => {
    await resumeEverywhere(thinker, ask(), await collect(thinker, ask()))
  })

  it('ends a thought when its budget is used up, and begins none without one', async () => {
    const two = await collect(thinker, ask({ maxThoughtTokens: 2 }))
    expect({ thoughts: two.thoughts, text: two.text }).toEqual({ thoughts: 'Let me', text: 'Hello there!' })
    expect(two.end.usage.thoughtTokens).toBe(2)
    const none = await collect(thinker, ask({ maxThoughtTokens: 0 }))
    expect({ thoughts: none.thoughts, text: none.text }).toEqual({ thoughts: '', text: 'Hello there!' })
    expect(none.end.usage.thoughtTokens).toBeUndefined()
    const given = two.deltas.filter(delta => delta.channel === 'thought')
    const tokenIds = given.flatMap(delta => delta.tokenIds ?? [])
    // What is left of the budget is 0 now, and yet the answer did begin with a thought.
    const resume = { text: '', tokenIds, digest: two.accepted.model.digest }
    const rest = await collect(thinker, ask({ maxThoughtTokens: 0, resume }))
    expect({ thoughts: rest.thoughts, text: rest.text }).toEqual({ thoughts: '', text: 'Hello there!' })
  })

  it('refuses to go on behind ids that are not what was said, where no text says more', async () => {
    const { accepted, deltas } = await collect(thinker, ask())
    const tokenIds = deltas.flatMap(delta => delta.tokenIds ?? [])
    const resume = { text: '', tokenIds, digest: accepted.model.digest }
    await expect(collect(thinker, ask({ resume }))).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'resume' }
    })
  })

  it('never finds a stop string in a thought', async () => {
    const { thoughts, text } = await collect(thinker, ask({ stop: [' me', ' there'] }))
    expect({ thoughts, text }).toEqual({ thoughts: 'Let me see', text: 'Hello' })
  })

  it('reports a likelihood for every token, those of marks and forced ones too', async () => {
    const { deltas } = await collect(thinker, ask({ logprobs: 1, maxThoughtTokens: 2 }))
    for (const delta of deltas) expect(delta.logprobs).toHaveLength(delta.tokenCount)
  })

  it('reads a call that follows text, and streams its arguments', async () => {
    const request = ask({ tools: [WEATHER] })
    const whole = await collect(caller, request)
    expect(whole.text).toBe('Wait a moment.')
    expect(whole.toolCalls).toMatchObject([{ name: 'get_weather', arguments: '{"city": "Bern"}' }])
    expect(whole.end.finishReason).toBe('tool_calls')
    expect(whole.deltas.filter(delta => delta.toolCalls).length).toBeGreaterThan(2)
    await resumeEverywhere(caller, request, whole)
  })

  it('writes text when no tool may be called, and calls under the name that it was given only', async () => {
    const none = await collect(caller, ask({ tools: [WEATHER], toolChoice: 'none' }))
    expect(none.toolCalls).toEqual([])
    const other = { ...WEATHER, name: 'get_whatever' }
    const { toolCalls } = await collect(caller, ask({ tools: [other], maxTokens: 200 }))
    expect(toolCalls.map(call => call.name)).toEqual(['get_whatever'])
  })

  it('ends a call that the limit cuts with length, at every place', async () => {
    for (let maxTokens = 5; maxTokens < CALL.length - 1; maxTokens++) {
      const { end } = await collect(caller, ask({ tools: [WEATHER], maxTokens }))
      expect(end.finishReason).toBe('length')
    }
  })

  it('binds an answer to a schema or to a call, whichever it begins', async () => {
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } } }
    const responseFormat = { type: 'json_schema' as const, schema }
    const { text, toolCalls } = await collect(noise, ask({ tools: [WEATHER], responseFormat, maxTokens: 200 }))
    if (toolCalls.length === 0) expect(JSON.parse(text)).toHaveProperty('ok')
    else expect(toolCalls[0]!.name).toBe('get_weather')
  })

  it('takes no control token out of tools, calls or results', async () => {
    const tokens = async (mark: string) => {
      const call = { id: 'a', name: 'get_weather', arguments: JSON.stringify({ city: mark }) }
      const messages: Message[] = [
        textMessage('user', 'Hi'),
        { role: 'assistant', parts: [], toolCalls: [call] },
        { ...textMessage('tool', mark), toolCallId: 'a' }
      ]
      const schema = { type: 'object', properties: { city: { type: 'string', description: mark } } }
      const tools = [{ name: 'get_weather', description: mark, parameters: schema }]
      return (await collect(noise, ask({ messages, tools, maxTokens: 0 }))).end.usage.promptTokens
    }
    // As text a mark has a token a character in this vocabulary; as a control token it would be one.
    for (const mark of ['</think>', '<tool_call>', '<|user|>']) {
      expect((await tokens(mark)) - (await tokens(''))).toBeGreaterThanOrEqual(4 * mark.length)
    }
  })

  const hostile: { id: string; parameters: JsonSchema; refusal?: string }[] = [
    { id: 'recursion', parameters: { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } } },
    {
      id: 'a tree',
      parameters: {
        type: 'object',
        properties: { next: { $ref: '#/$defs/t' } },
        $defs: { t: { type: 'object', properties: { next: { $ref: '#/$defs/t' } } } }
      }
    },
    {
      id: 'a huge list',
      refusal: 'context_length_exceeded',
      parameters: { type: 'object', properties: { a: { enum: Array.from({ length: 2000 }, (_, at) => `v${at}`) } } }
    },
    {
      id: 'a pattern',
      parameters: { type: 'object', properties: { a: { type: 'string', pattern: '(a+)+b', minLength: 1e9 } } }
    },
    { id: 'what is no schema', parameters: { type: 'hiccup', properties: 7, required: 'all' } },
    {
      id: 'names like prototypes',
      parameters: {
        type: 'object',
        properties: JSON.parse('{"__proto__":{"type":"boolean"},"constructor":{"type":"null"}}')
      }
    }
  ]
  for (const { id, parameters, refusal } of hostile) {
    it(`answers or refuses tools with ${id}, and lives`, async () => {
      const tools = [{ name: '__proto__', description: '', parameters }]
      const request = ask({ tools, toolChoice: 'required', maxTokens: 60 })
      for (const engine of [noise, plain]) {
        const answer = await collect(engine, request).catch(error => error)
        if (answer instanceof Error) expect(answer).toMatchObject({ code: refusal })
        else expect(answer.toolCalls[0].name).toBe('__proto__')
        expect((await collect(engine, ask({ maxTokens: 2 }))).end.usage.completionTokens).toBe(2)
      }
    })
  }

  it('refuses calls and results that do not match', async () => {
    const call = { id: 'a', name: 'get_weather', arguments: '{}' }
    const assistant: Message = { role: 'assistant', parts: [], toolCalls: [call] }
    const result = (toolCallId: string): Message => ({ ...textMessage('tool', 'x'), toolCallId })
    const user = textMessage('user', 'Hi')
    for (const messages of [
      [user, assistant],
      [user, assistant, user],
      [user, result('a')],
      [user, assistant, result('b')]
    ]) {
      await expect(collect(noise, ask({ messages }))).rejects.toMatchObject({
        code: 'invalid_request',
        details: { field: 'messages' }
      })
    }
  })
})
