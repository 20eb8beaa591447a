import { Ollama, type ToolCall } from 'ollama'
import { JSON_SCHEMA, WEATHER_RESULT, WEATHER_TOOL } from '../schema.ts'
import type { Client, Question } from '../suite.ts'
import { EMBEDDING_MODEL, MODEL } from '../world.ts'

const body = ({ text, model = MODEL, temperature }: Question) => ({
  model,
  messages: [{ role: 'user', content: text }],
  ...(temperature !== undefined && { options: { temperature } })
})
const usageOf = (end: { prompt_eval_count: number; eval_count: number } | undefined) => ({
  prompt: end?.prompt_eval_count ?? -1,
  completion: end?.eval_count ?? -1
})

async function names(ollama: Ollama): Promise<string[]> {
  const { models } = await ollama.list()
  for (const { name } of models) await ollama.show({ model: name })
  return models.map(model => model.name)
}

const statusOf = (error: unknown): number | undefined => (error as { status_code?: number }).status_code

/** ollama's library, chatting. */
export function openOllamaChat(url: string): Client {
  const ollama = new Ollama({ host: url })
  return {
    async plain(question) {
      const answer = await ollama.chat({ ...body(question), stream: false })
      return { text: answer.message.content, usage: usageOf(answer) }
    },
    async stream(question, onText, signal) {
      const stream = await ollama.chat({ ...body(question), stream: true })
      signal?.addEventListener('abort', () => stream.abort())
      let end: { prompt_eval_count: number; eval_count: number } | undefined
      for await (const part of stream) {
        if (part.message.content !== '') onText(part.message.content)
        if (part.done) end = part
      }
      return usageOf(end)
    },
    async json(question) {
      const answer = await ollama.chat({ ...body(question), stream: false, format: JSON_SCHEMA })
      return JSON.parse(answer.message.content)
    },
    async tools(question) {
      const { model, messages } = body(question)
      const tools = [{ type: 'function', function: WEATHER_TOOL }]
      const stream = await ollama.chat({ model, messages, tools, stream: true })
      const asked: ToolCall[] = []
      for await (const part of stream) asked.push(...(part.message.tool_calls ?? []))
      const results = asked.map(({ function: { name } }) => ({
        role: 'tool',
        tool_name: name,
        content: WEATHER_RESULT
      }))
      const said = { role: 'assistant', content: '', tool_calls: asked }
      const answer = await ollama.chat({ model, messages: [...messages, said, ...results], tools, stream: false })
      const calls = asked.map(call => ({ name: call.function.name, input: call.function.arguments }))
      return { calls, text: answer.message.content }
    },
    embed: async texts => (await ollama.embed({ model: EMBEDDING_MODEL, input: texts })).embeddings,
    models: async () => await names(ollama),
    statusOf
  }
}

/** ollama's library, completing a prompt, where it has no tools; and its older way to a vector. */
export function openOllamaGenerate(url: string): Client {
  const ollama = new Ollama({ host: url })
  const prompt = ({ text, ...rest }: Question) => {
    const { messages: _, ...request } = body({ text, ...rest })
    return { ...request, prompt: text }
  }
  return {
    async plain(question) {
      const answer = await ollama.generate({ ...prompt(question), stream: false })
      return { text: answer.response ?? '', usage: usageOf(answer) }
    },
    async stream(question, onText, signal) {
      const stream = await ollama.generate({ ...prompt(question), stream: true })
      signal?.addEventListener('abort', () => stream.abort())
      let end: { prompt_eval_count: number; eval_count: number } | undefined
      for await (const part of stream) {
        if (part.response) onText(part.response)
        if (part.done) end = part
      }
      return usageOf(end)
    },
    async json(question) {
      const answer = await ollama.generate({ ...prompt(question), stream: false, format: JSON_SCHEMA })
      return JSON.parse(answer.response ?? '')
    },
    async embed(texts) {
      const vectors: number[][] = []
      for (const prompt of texts) vectors.push((await ollama.embeddings({ model: EMBEDDING_MODEL, prompt })).embedding)
      return vectors
    },
    models: async () => await names(ollama),
    statusOf
  }
}
