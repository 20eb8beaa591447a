import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { z } from 'zod'
import { WEATHER_RESULT, WEATHER_TOOL } from '../schema.ts'
import type { Client } from '../suite.ts'
import { EMBEDDING_MODEL, MODEL } from '../world.ts'

const place = z.object({ city: z.string(), count: z.int() })

/** LangChain over its classes for OpenAI. */
export function openLangchain(url: string): Client {
  const configuration = { baseURL: `${url}/v1` }
  const chat = ({ model = MODEL, temperature }: { model?: string; temperature?: number }) =>
    new ChatOpenAI({
      model,
      apiKey: 'none',
      maxRetries: 0,
      configuration,
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
    async tools(question) {
      const model = chat(question).bindTools([{ type: 'function', function: WEATHER_TOOL }], {
        tool_choice: 'required'
      })
      const human = { role: 'user', content: question.text }
      let pieces = 0
      let said: Awaited<ReturnType<typeof model.invoke>> | undefined
      for await (const chunk of await model.stream([human])) {
        pieces += chunk.tool_call_chunks?.filter(({ args }) => args).length ?? 0
        said = said === undefined ? chunk : said.concat(chunk)
      }
      const asked = said?.tool_calls ?? []
      const results = asked.map(({ id = '' }) => ({ role: 'tool', content: WEATHER_RESULT, tool_call_id: id }))
      const answer = await chat(question).invoke([human, ...(said ? [said] : []), ...results])
      return { calls: asked.map(({ name, args }) => ({ name, input: args })), pieces, text: answer.text }
    },
    embed: async texts =>
      await new OpenAIEmbeddings({
        model: EMBEDDING_MODEL,
        apiKey: 'none',
        configuration,
        maxRetries: 0
      }).embedDocuments(texts),
    statusOf: error => (error as { status?: number }).status
  }
}
