import { openOllamaChat, openOllamaGenerate } from './support/libraries/ollama.ts'
import { clientTests } from './support/suite.ts'

clientTests('ollama, chat', openOllamaChat)
clientTests('ollama, generate, which has no tools', openOllamaGenerate)
