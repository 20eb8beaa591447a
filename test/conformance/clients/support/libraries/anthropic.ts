import Anthropic, { APIError } from '@anthropic-ai/sdk'
import { JSON_SCHEMA, WEATHER_RESULT, WEATHER_TOOL } from '../schema.ts'
import type { Client, Question } from '../suite.ts'
import { MODEL } from '../world.ts'

/** Anthropic's library. Its service turns no texts into vectors, so that the library cannot either. */
export function openAnthropic(url: string): Client {
  const anthropic = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 })
  const body = ({ text, model = MODEL, temperature }: Question) => ({
    model,
    max_tokens: 700,
    messages: [{ role: 'user' as const, content: text }],
    ...(temperature !== undefined && { temperature })
  })
  const textOf = (message: Anthropic.Message) =>
    message.content.map(block => (block.type === 'text' ? block.text : '')).join('')
  const usageOf = (usage: Anthropic.Usage) => ({ prompt: usage.input_tokens, completion: usage.output_tokens })
  return {
    async plain(question) {
      const message = await anthropic.messages.create(body(question))
      return { text: textOf(message), usage: usageOf(message.usage) }
    },
    async stream(question, onText, signal) {
      const stream = anthropic.messages.stream(body(question), { ...(signal && { signal }) })
      stream.on('text', onText)
      return usageOf((await stream.finalMessage()).usage)
    },
    async json(question) {
      const format = { type: 'json_schema' as const, schema: JSON_SCHEMA }
      return JSON.parse(textOf(await anthropic.messages.create({ ...body(question), output_config: { format } })))
    },
    async tools(question) {
      const { name, description, parameters: input_schema } = WEATHER_TOOL
      const { messages, ...rest } = body(question)
      const request = { ...rest, tools: [{ name, description, input_schema }] }
      let pieces = 0
      const stream = anthropic.messages.stream({ ...request, messages, tool_choice: { type: 'any' } })
      stream.on('inputJson', () => void pieces++)
      const { content } = await stream.finalMessage()
      const asked = content.filter(block => block.type === 'tool_use')
      const results = asked.map(({ id }) => ({
        type: 'tool_result' as const,
        tool_use_id: id,
        content: WEATHER_RESULT
      }))
      const turns = [
        { role: 'assistant' as const, content },
        { role: 'user' as const, content: results }
      ]
      const answer = await anthropic.messages.create({ ...request, messages: [...messages, ...turns] })
      return { calls: asked.map(call => ({ name: call.name, input: call.input })), pieces, text: textOf(answer) }
    },
    async models() {
      const names: string[] = []
      for await (const model of anthropic.models.list()) names.push((await anthropic.models.retrieve(model.id)).id)
      return names
    },
    statusOf: error => (error instanceof APIError ? error.status : undefined)
  }
}
