import { APICallError, generateText, type LanguageModel, Output, RetryError, streamText } from 'ai'
import { z } from 'zod'
import type { Client, ClientUsage } from './suite.ts'
import { MODEL } from './world.ts'

const place = z.object({ city: z.string(), count: z.int() })

/** The AI SDK over one of its providers. */
export function aiClient(modelOf: (name: string) => LanguageModel): Client {
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
