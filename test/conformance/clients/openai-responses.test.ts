import { openResponses } from './support/libraries/openai-responses.ts'
import { clientTests } from './support/suite.ts'

clientTests('openai, responses', openResponses)
