import Anthropic, { APIError } from '@anthropic-ai/sdk'
import { JSON_SCHEMA } from './support/schema.ts'
import { type Client, clientTests, type Question } from './support/suite.ts'
import { MODEL } from './support/world.ts'

clientTests('@anthropic-ai/sdk', (url): Client => {
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
    async models() {
      const names: string[] = []
      for await (const model of anthropic.models.list()) names.push((await anthropic.models.retrieve(model.id)).id)
      return names
    },
    statusOf: error => (error instanceof APIError ? error.status : undefined)
  }
})
