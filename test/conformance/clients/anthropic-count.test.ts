import Anthropic from '@anthropic-ai/sdk'
import { expect, test } from 'vitest'
import { MODEL, worldForTest } from './support/world.ts'

test("Anthropic's library counts the tokens of a prompt at another node, as its answer counts them", async () => {
  const world = await worldForTest()
  const anthropic = new Anthropic({ baseURL: world.url, apiKey: 'none', maxRetries: 0 })
  const prompt = {
    model: MODEL,
    system: 'Be brief.',
    messages: [{ role: 'user' as const, content: 'How many words are these?' }],
    tools: [{ name: 'f', input_schema: { type: 'object' as const } }]
  }
  const counted = await anthropic.messages.countTokens(prompt)
  expect(world.engine.calls).toMatchObject([{ request: { maxTokens: 0 }, tokens: 0 }])
  const { usage } = await anthropic.messages.create({ ...prompt, max_tokens: 9 })
  expect(counted).toMatchObject({ input_tokens: usage.input_tokens, p2pai: { peer: world.provider.peerId } })
  await expect(anthropic.messages.countTokens({ ...prompt, model: 'unknown' })).rejects.toMatchObject({ status: 404 })
  const metrics = await (await fetch(`${world.url}/metrics`)).text()
  expect(metrics).toMatch(/^p2pai_answers_total\{route="\/v1\/messages\/count_tokens",outcome="ok"\} 1$/m)
})
