import { openAnthropic } from './support/libraries/anthropic.ts'
import { clientTests } from './support/suite.ts'

clientTests('@anthropic-ai/sdk, which has no embeddings', openAnthropic)
