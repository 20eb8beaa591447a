import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  APICallError,
  type EmbeddingModel,
  embedMany,
  generateText,
  isStepCount,
  type LanguageModel,
  Output,
  RetryError,
  streamText,
  tool
} from 'ai'
import { z } from 'zod'
import { WEATHER_RESULT, WEATHER_TOOL } from '../schema.ts'
import type { Client, ClientUsage } from '../suite.ts'
import { EMBEDDING_MODEL, MODEL } from '../world.ts'

const place = z.object({ city: z.string(), count: z.int() })

/** The AI SDK over its provider for servers that are like OpenAI's. */
export function openAiCompatible(url: string): Client {
  const provider = createOpenAICompatible({
    name: 'p2pai',
    baseURL: `${url}/v1`,
    includeUsage: true,
    supportsStructuredOutputs: true
  })
  return aiClient(provider, provider.embeddingModel(EMBEDDING_MODEL))
}

/** The AI SDK over its provider for OpenAI, on the interface that it takes by default: responses. */
export function openAiOpenai(url: string): Client {
  const provider = createOpenAI({ baseURL: `${url}/v1`, apiKey: 'none' })
  return aiClient(provider, provider.embeddingModel(EMBEDDING_MODEL))
}

function aiClient(modelOf: (name: string) => LanguageModel, embeddingModel: EmbeddingModel): Client {
  const settings = ({ text, model = MODEL, temperature }: { text: string; model?: string; temperature?: number }) => ({
    model: modelOf(model),
    prompt: text,
    maxRetries: 0,
    ...(temperature !== undefined && { temperature })
  })
  return {
    async plain(question) {
      const { text, usage } = await generateText(settings(question))
      return { text, usage: usageOf(usage) }
    },
    async stream(question, onText, signal) {
      const result = streamText({
        ...settings(question),
        onError: () => undefined,
        ...(signal && { abortSignal: signal })
      })
      for await (const part of result.fullStream) {
        if (part.type === 'text-delta') onText(part.text)
        // The library hands errors over as parts of the stream.
        if (part.type === 'error')
          throw part.error instanceof Error ? part.error : new Error(JSON.stringify(part.error))
        if (part.type === 'abort') return undefined
      }
      return usageOf(await result.usage)
    },
    async json(question) {
      const { output } = await generateText({ ...settings(question), output: Output.object({ schema: place }) })
      return output
    },
    async tools(question) {
      const { description, parameters: _ } = WEATHER_TOOL
      const get_weather = tool({
        description,
        inputSchema: z.object({ city: z.string() }),
        execute: async () => WEATHER_RESULT
      })
      // The library runs the tool and asks again by itself.
      const result = streamText({ ...settings(question), tools: { get_weather }, stopWhen: isStepCount(2) })
      const calls: { name: string; input: unknown }[] = []
      let pieces = 0
      let text = ''
      for await (const part of result.fullStream) {
        if (part.type === 'tool-input-delta') pieces++
        if (part.type === 'tool-call') calls.push({ name: part.toolName, input: part.input })
        if (part.type === 'text-delta') text += part.text
        if (part.type === 'error') throw part.error
      }
      return { calls, pieces, text }
    },
    embed: async texts => (await embedMany({ model: embeddingModel, values: texts, maxRetries: 0 })).embeddings,
    statusOf(error) {
      const cause = RetryError.isInstance(error) ? error.lastError : error
      return APICallError.isInstance(cause) ? cause.statusCode : undefined
    }
  }
}

function usageOf({
  inputTokens,
  outputTokens
}: {
  inputTokens?: number | undefined
  outputTokens?: number | undefined
}): ClientUsage {
  return { prompt: inputTokens ?? -1, completion: outputTokens ?? -1 }
}
