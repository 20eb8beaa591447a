import { createOpenAI } from '@ai-sdk/openai'
import { generateText, isStepCount, type ModelMessage, tool } from 'ai'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { SCRIPTED_TEXT } from '../../../src/testing/index.ts'
import { WEATHER_RESULT } from './support/schema.ts'
import { MODEL, worldForTest } from './support/world.ts'

/** This library names what it got before by ids alone, as OpenAI's API keeps it. */
test('@ai-sdk/openai talks on, turn after turn, with tools and with a model that reasons', async () => {
  const world = await worldForTest({ thoughts: 'Let me see.' })
  const model = createOpenAI({ baseURL: `${world.url}/v1`, apiKey: 'none' })(MODEL)
  const get_weather = tool({
    description: 'Tells the weather of a city.',
    inputSchema: z.object({ city: z.string() }),
    execute: async () => WEATHER_RESULT
  })
  const messages: ModelMessage[] = [{ role: 'user', content: 'How is the weather?' }]
  const first = await generateText({ model, messages, tools: { get_weather }, stopWhen: isStepCount(2), maxRetries: 0 })
  expect(first.text).toBe(`The tool says: ${WEATHER_RESULT}`)
  messages.push(...first.responseMessages, { role: 'user', content: 'And now?' })
  const second = await generateText({ model, messages, maxRetries: 0 })
  expect(second.text).toBe(SCRIPTED_TEXT)
  messages.push(...second.responseMessages, { role: 'user', content: 'Go on.' })
  expect((await generateText({ model, messages, maxRetries: 0 })).text).toBe(SCRIPTED_TEXT)
  const told = world.engine.calls.at(-1)!.request.messages
  expect(told.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'tool',
    'tool',
    'assistant',
    'user',
    'assistant',
    'user'
  ])
  expect(told[1]!.toolCalls).toHaveLength(2)
})

test('an item that is not known is refused, with the way out', async () => {
  const world = await worldForTest()
  const ask = async (body: object) => {
    const answer = await fetch(`${world.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, ...body })
    })
    return {
      status: answer.status,
      body: (await answer.json()) as { error: { message: string }; output: { id: string }[] }
    }
  }
  const reference = (id: string) => ({
    input: [
      { type: 'item_reference', id },
      { role: 'user', content: 'And?' }
    ]
  })
  const unknown = await ask(reference('msg_none'))
  expect(unknown).toMatchObject({ status: 400, body: { error: { param: 'input[0].id' } } })
  expect(unknown.body.error.message).toContain('store: false')
  const kept = await ask({ input: 'Hi' })
  expect((await ask(reference(kept.body.output[0]!.id))).status).toBe(200)
  const notKept = await ask({ input: 'Hi', store: false })
  expect((await ask(reference(notKept.body.output[0]!.id))).status).toBe(400)
})
