import { openLangchain } from './support/libraries/langchain.ts'
import { clientTests } from './support/suite.ts'

clientTests('@langchain/openai', openLangchain)
