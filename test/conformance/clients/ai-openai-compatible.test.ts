import { openAiCompatible } from './support/libraries/ai.ts'
import { clientTests } from './support/suite.ts'

clientTests('ai with @ai-sdk/openai-compatible', openAiCompatible)
