import OpenAI, { APIError } from 'openai'
import { JSON_SCHEMA, WEATHER_RESULT, WEATHER_TOOL } from '../schema.ts'
import type { Client, Question } from '../suite.ts'
import { EMBEDDING_MODEL, MODEL } from '../world.ts'

const body = ({ text, model = MODEL, temperature }: Question) => ({
  model,
  input: text,
  ...(temperature !== undefined && { temperature })
})
const usageOf = (usage: OpenAI.Responses.ResponseUsage | undefined | null) => ({
  prompt: usage?.input_tokens ?? -1,
  completion: usage?.output_tokens ?? -1
})

/** The library with its newer interface. */
export function openResponses(url: string): Client {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
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
    async tools({ text, model = MODEL }) {
      const tools = [{ type: 'function' as const, ...WEATHER_TOOL, strict: true }]
      const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: text }]
      let pieces = 0
      const stream = openai.responses.stream({ model, input, tools, tool_choice: 'required' })
      stream.on('response.function_call_arguments.delta', () => void pieces++)
      const { output } = await stream.finalResponse()
      const asked = output.filter(item => item.type === 'function_call')
      const results = asked.map(({ call_id }) => ({
        type: 'function_call_output' as const,
        call_id,
        output: WEATHER_RESULT
      }))
      input.push(...asked, ...results)
      const answer = await openai.responses.create({ model, input, tools })
      const calls = asked.map(call => ({ name: call.name, input: JSON.parse(call.arguments) }))
      return { calls, pieces, text: answer.output_text }
    },
    async embed(texts) {
      const request = { model: EMBEDDING_MODEL, input: texts, encoding_format: 'float' as const }
      return (await openai.embeddings.create(request)).data.map(({ embedding }) => embedding)
    },
    statusOf: error => (error instanceof APIError ? error.status : undefined)
  }
}
