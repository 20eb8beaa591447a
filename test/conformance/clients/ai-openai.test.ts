import { createOpenAI } from '@ai-sdk/openai'
import { aiClient } from './support/ai.ts'
import { clientTests } from './support/suite.ts'

clientTests('ai with @ai-sdk/openai, on its default interface', url => {
  const provider = createOpenAI({ baseURL: `${url}/v1`, apiKey: 'none' })
  return aiClient(name => provider(name))
})
