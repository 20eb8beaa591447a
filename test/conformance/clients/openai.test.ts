import OpenAI, { APIError } from 'openai'
import { JSON_SCHEMA } from './support/schema.ts'
import { type Client, clientTests } from './support/suite.ts'
import { MODEL } from './support/world.ts'

clientTests('openai', (url): Client => {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
  const body = ({ text, model = MODEL, temperature }: { text: string; model?: string; temperature?: number }) => ({
    model,
    messages: [{ role: 'user' as const, content: text }],
    ...(temperature !== undefined && { temperature })
  })
  const usageOf = (usage: OpenAI.CompletionUsage | null | undefined) => ({
    prompt: usage?.prompt_tokens ?? -1,
    completion: usage?.completion_tokens ?? -1
  })
  return {
    async plain(question) {
      const answer = await openai.chat.completions.create(body(question))
      return { text: answer.choices[0]?.message.content ?? '', usage: usageOf(answer.usage) }
    },
    async stream(question, onText, signal) {
      const stream = await openai.chat.completions.create(
        { ...body(question), stream: true, stream_options: { include_usage: true } },
        { ...(signal && { signal }) }
      )
      let usage: OpenAI.CompletionUsage | null | undefined
      for await (const chunk of stream) {
        const text = chunk.choices[0]?.delta.content
        if (text) onText(text)
        usage = chunk.usage ?? usage
      }
      return usageOf(usage)
    },
    async json(question) {
      const format = { type: 'json_schema' as const, json_schema: { name: 'place', schema: JSON_SCHEMA, strict: true } }
      const answer = await openai.chat.completions.create({ ...body(question), response_format: format })
      return JSON.parse(answer.choices[0]?.message.content ?? '')
    },
    async models() {
      const names: string[] = []
      for await (const model of openai.models.list()) names.push((await openai.models.retrieve(model.id)).id)
      return names
    },
    statusOf: error => (error instanceof APIError ? error.status : undefined)
  }
})
