import * as library from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CallReader } from '../../src/inference/llama/child/call-reader.ts'
import { callSyntaxOf, thoughtSyntaxOf } from '../../src/inference/llama/child/call-syntax.ts'
import { Constraint } from '../../src/inference/llama/child/constraint.ts'
import { grammarsFor } from '../../src/inference/llama/child/grammar.ts'
import { openLlama } from '../../src/inference/llama/child/load.ts'
import { LogRing } from '../../src/inference/llama/child/log-ring.ts'
import { joinToolCalls } from '../../src/testing/index.ts'
import { BUILT_IN_MODEL } from '../fixtures/gguf-folder.ts'

const wrappers: { id: string; wrapper: library.ChatWrapper; isParallel?: boolean; thinks?: boolean }[] = [
  { id: 'ChatML', wrapper: new library.ChatMLChatWrapper() },
  { id: 'Qwen 3', wrapper: new library.QwenChatWrapper(), isParallel: true, thinks: true },
  { id: 'Qwen 3.5', wrapper: new library.QwenChatWrapper({ variation: '3.5' }), isParallel: true, thinks: true },
  { id: 'DeepSeek', wrapper: new library.DeepSeekChatWrapper(), thinks: true },
  { id: 'Llama 3.1', wrapper: new library.Llama3_1ChatWrapper() },
  { id: 'Llama 3.2', wrapper: new library.Llama3_2LightweightChatWrapper() },
  { id: 'Mistral', wrapper: new library.MistralChatWrapper(), isParallel: true },
  { id: 'Gemma 4', wrapper: new library.Gemma4ChatWrapper(), thinks: true },
  { id: 'Seed', wrapper: new library.SeedChatWrapper(), thinks: true }
]
const tools = ['get_all', 'get'].map(name => {
  const properties = { a: { type: 'string' }, b: { type: 'integer' }, c: { type: 'boolean' } }
  return { name, description: '', parameters: { type: 'object', properties, required: ['b'] } }
})

/** The library says how calls look; here is what we make of it, for every chat template that it knows. */
describe('the syntax of calls', () => {
  let llama: library.Llama
  let model: library.LlamaModel
  beforeAll(async () => {
    llama = await openLlama('off', new LogRing())
    model = await llama.loadModel({ modelPath: BUILT_IN_MODEL, useMmap: false })
  })
  afterAll(async () => {
    await model.dispose()
    await llama.dispose()
  })

  for (const { id, wrapper, isParallel = false, thinks = false } of wrappers) {
    it(`reads the calls that the template of ${id} writes, and its grammar takes them`, async () => {
      const syntax = callSyntaxOf(wrapper, model)!
      const plan = { syntax, tools, isDemanded: true, isParallel: true }
      const { answer, maxCalls } = await grammarsFor(llama, undefined, plan)
      expect(maxCalls > 1).toBe(isParallel)
      expect(thoughtSyntaxOf(wrapper, model) !== undefined).toBe(thinks)
      const calls = [
        { name: 'get', params: { b: 7, a: 'x} "y' } },
        { name: 'get_all', params: { b: -1, c: true } }
      ].slice(0, isParallel ? 2 : 1)
      const written = calls.map(({ name, params }) => wrapper.generateFunctionCall(name, params).toString().trimStart())
      // The mark of the whole section stands in front of the first one; what ends an answer comes after all.
      const [first = '', second] = written
      const head = syntax.head.endsWith(first.slice(0, 8))
        ? ''
        : syntax.head.slice(0, syntax.head.indexOf(first.slice(0, 8)))
      const between = syntax.next?.slice(0, syntax.next.indexOf(second?.slice(0, 8) ?? '')) ?? ''
      const text = head + first + (second === undefined ? '' : between + second) + syntax.end
      expect(syntax.openings(['get']).some(opening => text.startsWith(opening))).toBe(true)
      const constraint = new Constraint(llama, model)
      constraint.bind(answer!)
      expect(model.tokenize(text).every(token => constraint.follow(token))).toBe(true)
      const reader = new CallReader({ syntax, names: ['get_all', 'get'], idOf: String, maxCalls })
      const toolCalls = [...text].flatMap(character => reader.push(character))
      expect(reader.isWhole).toBe(true)
      const delta = { type: 'delta', channel: 'answer', text: '', tokenCount: 1, toolCalls } as const
      const read = joinToolCalls([delta]).map(call => ({ name: call.name, params: JSON.parse(call.arguments) }))
      expect(read).toEqual(calls)
    })

    it(`lets ${id} call nothing else, and no arguments that do not fit`, async () => {
      const syntax = callSyntaxOf(wrapper, model)!
      const { answer } = await grammarsFor(llama, undefined, { syntax, tools, isDemanded: true, isParallel: true })
      const fits = (name: string, args: string) => {
        const constraint = new Constraint(llama, model)
        constraint.bind(answer!)
        const text = syntax.head + name + syntax.afterName(name) + args + syntax.afterArguments(name)
        return model.tokenize(text).every(token => constraint.follow(token))
      }
      expect(fits('get', '{"b": 1}')).toBe(true)
      expect(fits('get', '{"b": 1, "a": "", "c": false}')).toBe(true)
      expect(fits('got', '{"b": 1}')).toBe(false)
      expect(fits('get', '{}')).toBe(false)
      expect(fits('get', '{"b": "1"}')).toBe(false)
      expect(fits('get', '{"b": 1, "d": 1}')).toBe(false)
    })
  }

  it('claims nothing of templates whose answers it could not read', () => {
    for (const wrapper of [new library.HarmonyChatWrapper(), new library.FunctionaryChatWrapper()]) {
      expect(callSyntaxOf(wrapper, model)).toBeUndefined()
      expect(thoughtSyntaxOf(wrapper, model)).toBeUndefined()
    }
  })
})
