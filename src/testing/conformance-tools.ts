import assert from 'node:assert/strict'
import { type Message, type Tool, textMessage } from '../interface/index.ts'
import { type Collected, collect, joinToolCalls } from './collect.ts'
import { type Bench, expectCode, type TestRunner } from './conformance-subject.ts'

const WEATHER: Tool = {
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', maxLength: 12 }, unit: { enum: ['celsius', 'fahrenheit'] } },
    required: ['city', 'unit']
  }
}
const LAMP: Tool = {
  name: 'set_lamp',
  description: 'Turns the lamp on or off.',
  parameters: { type: 'object', properties: { on: { type: 'boolean' } }, required: ['on'] }
}
const tools = [WEATHER, LAMP]
const maxTokens = 160

/** Calls of tools, as far as a model claims them. */
export function toolTests({ it }: Pick<TestRunner, 'it'>, bench: () => Bench): void {
  /** A test for models that claim tools. */
  const itCalls = (name: string, body: () => Promise<void>) =>
    it(`${name}, if it claims tools`, async () => {
      if ((await bench().features()).tools) await body()
    })

  it('refuses tools and their results by the name of the field, unless it claims them', async () => {
    if ((await bench().features()).tools) return
    for (const changes of [{ tools }, { messages: roundTrip() }]) {
      const { details } = await expectCode('unsupported_feature', () => collect(bench().engine, bench().ask(changes)))
      assert.equal(details.field, 'tools')
    }
  })

  it('takes tools that must not be called, and calls none', async () => {
    const { toolCalls, end } = await collect(bench().engine, bench().ask({ tools, toolChoice: 'none', maxTokens: 8 }))
    assert.deepEqual(toolCalls, [])
    assert.notEqual(end.finishReason, 'tool_calls')
  })

  itCalls('calls a tool when it must, with arguments that fit', async () => {
    const answer = await collect(bench().engine, bench().ask({ tools, toolChoice: 'required', maxTokens }))
    assert.ok(answer.toolCalls.length > 0)
    checkCalls(answer)
  })

  itCalls('calls the tool that is named, and no other', async () => {
    const toolChoice = { name: LAMP.name }
    const answer = await collect(bench().engine, bench().ask({ tools, toolChoice, maxTokens }))
    assert.deepEqual([...new Set(answer.toolCalls.map(call => call.name))], [LAMP.name])
    checkCalls(answer)
  })

  itCalls('calls one tool when several are not allowed', async () => {
    const request = bench().ask({ tools, toolChoice: 'required', parallelToolCalls: false, maxTokens })
    const answer = await collect(bench().engine, request)
    assert.equal(answer.toolCalls.length, 1)
    assert.equal(answer.end.finishReason, 'tool_calls')
    checkCalls(answer)
  })

  itCalls('answers with text or with calls when it may choose', async () => {
    const answer = await collect(bench().engine, bench().ask({ tools, maxTokens }))
    assert.ok(answer.text.length > 0 || answer.toolCalls.length > 0)
    checkCalls(answer)
  })

  itCalls('takes the result of a call', async () => {
    const request = bench().ask({ messages: roundTrip(), tools, maxTokens: 8 })
    const { end } = await collect(bench().engine, request)
    const before = await collect(bench().engine, { ...request, messages: roundTrip().slice(0, 1), maxTokens: 0 })
    assert.ok(end.usage.promptTokens > before.end.usage.promptTokens)
  })

  itCalls('never passes off a call that was cut as a whole one', async () => {
    const request = bench().ask({ tools, toolChoice: 'required', parallelToolCalls: false, maxTokens })
    const { usage } = (await collect(bench().engine, request)).end
    for (const cut of [1, 2, Math.floor(usage.completionTokens / 2)]) {
      const { end } = await collect(bench().engine, { ...request, maxTokens: cut })
      assert.equal(end.finishReason, 'length')
    }
  })

  itCalls('goes on in the middle of a call, if it resumes', async () => {
    if (!(await bench().features()).resume) return
    const request = bench().ask({ tools, toolChoice: 'required', parallelToolCalls: false, maxTokens })
    const whole = await collect(bench().engine, request)
    const pieces = whole.deltas.flatMap((delta, index) => (delta.toolCalls ? [index] : []))
    const given = whole.deltas.slice(0, pieces[Math.ceil(pieces.length / 2)])
    const resume = {
      text: given.map(delta => (delta.channel === 'answer' ? delta.text : '')).join(''),
      tokenIds: given.flatMap(delta => delta.tokenIds ?? []),
      digest: whole.accepted.model.digest
    }
    const rest = await collect(bench().engine, { ...request, resume })
    const [first] = joinToolCalls([...given, ...rest.deltas])
    assert.deepEqual(first, whole.toolCalls[0])
    assert.equal(rest.end.finishReason, 'tool_calls')
  })

  itCalls('refuses a choice that no tool fits', async () => {
    for (const changes of [{ tools, toolChoice: { name: 'other' } }, { toolChoice: 'required' as const }]) {
      const { details } = await expectCode('invalid_request', () => collect(bench().engine, bench().ask(changes)))
      assert.equal(details.field, 'tool_choice')
    }
  })
}

/** Whole calls are of tools that exist, and fit their schemas; only the last one may have been cut. */
function checkCalls({ toolCalls, deltas, end }: Collected): void {
  const names = new Map<string, string>()
  for (const call of deltas.flatMap(delta => delta.toolCalls ?? [])) {
    assert.ok(call.id.length > 0)
    const name = names.get(call.id)
    assert.ok(name === undefined ? call.name.length > 0 : call.name === '' || call.name === name)
    names.set(call.id, name ?? call.name)
  }
  assert.equal(end.finishReason === 'tool_calls', toolCalls.length > 0 && end.finishReason !== 'length')
  const whole = end.finishReason === 'length' ? toolCalls.slice(0, -1) : toolCalls
  for (const call of whole) {
    const values = JSON.parse(call.arguments) as Record<string, unknown>
    if (call.name === LAMP.name) assert.equal(typeof values.on, 'boolean')
    else {
      assert.equal(call.name, WEATHER.name)
      assert.equal(typeof values.city, 'string')
      assert.ok(values.unit === 'celsius' || values.unit === 'fahrenheit')
    }
  }
}

function roundTrip(): Message[] {
  const toolCalls = [{ id: 'call_1', name: WEATHER.name, arguments: '{"city":"Bern","unit":"celsius"}' }]
  return [
    textMessage('user', 'How is the weather in Bern?'),
    { role: 'assistant', parts: [], toolCalls },
    { ...textMessage('tool', '{"sky":"clear","degrees":21}'), toolCallId: 'call_1' }
  ]
}
