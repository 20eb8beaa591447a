import OpenAI, { APIError } from 'openai'
import { JSON_SCHEMA, WEATHER_RESULT, WEATHER_TOOL } from '../schema.ts'
import type { Client, Question } from '../suite.ts'
import { EMBEDDING_MODEL, MODEL } from '../world.ts'

const body = ({ text, model = MODEL, temperature }: Question) => ({
  model,
  messages: [{ role: 'user' as const, content: text }],
  ...(temperature !== undefined && { temperature })
})
const usageOf = (usage: OpenAI.CompletionUsage | null | undefined) => ({
  prompt: usage?.prompt_tokens ?? -1,
  completion: usage?.completion_tokens ?? -1
})

/** The library with its chat completions. */
export function openOpenai(url: string): Client {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
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
    async tools(question) {
      const tools = [{ type: 'function' as const, function: WEATHER_TOOL }]
      const { model, messages } = body(question)
      let pieces = 0
      const stream = openai.chat.completions.stream({ model, messages, tools, tool_choice: 'required' })
      stream.on('tool_calls.function.arguments.delta', () => void pieces++)
      const { message } = (await stream.finalChatCompletion()).choices[0]!
      const asked = (message.tool_calls ?? []).filter(call => call.type === 'function')
      const results = asked.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: WEATHER_RESULT }))
      const answer = await openai.chat.completions.create({
        model,
        messages: [...messages, message, ...results],
        tools
      })
      const calls = asked.map(call => ({ name: call.function.name, input: JSON.parse(call.function.arguments) }))
      return { calls, pieces, text: answer.choices[0]?.message.content ?? '' }
    },
    async embed(texts) {
      // Without an encoding the library asks for base64 and takes it apart itself.
      const { data } = await openai.embeddings.create({ model: EMBEDDING_MODEL, input: texts })
      return data.map(({ embedding }) => embedding)
    },
    async models() {
      const names: string[] = []
      for await (const model of openai.models.list()) names.push((await openai.models.retrieve(model.id)).id)
      return names
    },
    statusOf: error => (error instanceof APIError ? error.status : undefined)
  }
}
