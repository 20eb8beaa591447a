import type { Client } from '../suite.ts'
import { openAiCompatible, openAiOpenai } from './ai.ts'
import { openAnthropic } from './anthropic.ts'
import { openLangchain } from './langchain.ts'
import { openOllamaChat, openOllamaGenerate } from './ollama.ts'
import { openOpenai } from './openai.ts'
import { openResponses } from './openai-responses.ts'

/** Every client library, on each of its interfaces. */
export const CLIENTS: Record<string, (url: string) => Client> = {
  openai: openOpenai,
  'openai, responses': openResponses,
  'ai with @ai-sdk/openai-compatible': openAiCompatible,
  'ai with @ai-sdk/openai': openAiOpenai,
  '@langchain/openai': openLangchain,
  'ollama, chat': openOllamaChat,
  'ollama, generate': openOllamaGenerate,
  '@anthropic-ai/sdk, which has no embeddings': openAnthropic
}
