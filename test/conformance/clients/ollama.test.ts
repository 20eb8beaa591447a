import { Ollama } from 'ollama'
import { JSON_SCHEMA } from './support/schema.ts'
import { type Client, clientTests, type Question } from './support/suite.ts'
import { MODEL } from './support/world.ts'

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

clientTests('ollama, chat', (url): Client => {
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
    models: async () => await names(ollama),
    statusOf
  }
})

clientTests('ollama, generate', (url): Client => {
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
    models: async () => await names(ollama),
    statusOf
  }
})
