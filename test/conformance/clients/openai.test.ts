import { openOpenai } from './support/libraries/openai.ts'
import { clientTests } from './support/suite.ts'

clientTests('openai', openOpenai)
