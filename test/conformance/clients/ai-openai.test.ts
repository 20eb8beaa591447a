import { openAiOpenai } from './support/libraries/ai.ts'
import { clientTests } from './support/suite.ts'

clientTests('ai with @ai-sdk/openai, on its default interface', openAiOpenai)
