import OpenAI, { APIError } from 'openai'
import { JSON_SCHEMA } from './support/schema.ts'
import { type Client, clientTests } from './support/suite.ts'
import { MODEL } from './support/world.ts'

clientTests('openai, responses', (url): Client => {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
  const body = ({ text, model = MODEL, temperature }: { text: string; model?: string; temperature?: number }) => ({
    model,
    input: text,
    ...(temperature !== undefined && { temperature })
  })
  const usageOf = (usage: OpenAI.Responses.ResponseUsage | undefined | null) => ({
    prompt: usage?.input_tokens ?? -1,
    completion: usage?.output_tokens ?? -1
  })
  return {
    async plain(question) {
      const answer = await openai.responses.create(body(question))
      return { text: answer.output_text, usage: usageOf(answer.usage) }
    },
    async stream(question, onText, signal) {
      const stream = await openai.responses.create({ ...body(question), stream: true }, { ...(signal && { signal }) })
      let usage: OpenAI.Responses.ResponseUsage | undefined | null
      for await (const event of stream) {
        if (event.type === 'response.output_text.delta') onText(event.delta)
        if (event.type === 'response.completed') usage = event.response.usage
      }
      return usageOf(usage)
    },
    async json(question) {
      const format = { type: 'json_schema' as const, name: 'place', schema: JSON_SCHEMA, strict: true }
      const answer = await openai.responses.create({ ...body(question), text: { format } })
      return JSON.parse(answer.output_text)
    },
    statusOf: error => (error instanceof APIError ? error.status : undefined)
  }
})
