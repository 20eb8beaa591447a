import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { aiClient } from './support/ai.ts'
import { clientTests } from './support/suite.ts'

clientTests('ai with @ai-sdk/openai-compatible', url => {
  const provider = createOpenAICompatible({
    name: 'p2pai',
    baseURL: `${url}/v1`,
    includeUsage: true,
    supportsStructuredOutputs: true
  })
  return aiClient(name => provider(name))
})
