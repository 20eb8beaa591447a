import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'
import { type Client, clientTests } from './support/suite.ts'
import { MODEL } from './support/world.ts'

const place = z.object({ city: z.string(), count: z.int() })

clientTests('@langchain/openai', (url): Client => {
  const chat = ({ model = MODEL, temperature }: { model?: string; temperature?: number }) =>
    new ChatOpenAI({
      model,
      apiKey: 'none',
      maxRetries: 0,
      configuration: { baseURL: `${url}/v1` },
      ...(temperature !== undefined && { temperature })
    })
  const usageOf = (usage: { input_tokens: number; output_tokens: number } | undefined) => ({
    prompt: usage?.input_tokens ?? -1,
    completion: usage?.output_tokens ?? -1
  })
  return {
    async plain(question) {
      const answer = await chat(question).invoke(question.text)
      return { text: answer.text, usage: usageOf(answer.usage_metadata) }
    },
    async stream(question, onText, signal) {
      const stream = await chat(question).stream(question.text, { ...(signal && { signal }) })
      let usage: { input_tokens: number; output_tokens: number } | undefined
      for await (const chunk of stream) {
        if (chunk.text !== '') onText(chunk.text)
        usage = chunk.usage_metadata ?? usage
      }
      return usageOf(usage)
    },
    json: async question =>
      await chat(question).withStructuredOutput(place, { method: 'jsonSchema' }).invoke(question.text),
    statusOf: error => (error as { status?: number }).status
  }
})
