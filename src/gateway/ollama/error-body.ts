import type { Failure } from '../failure.ts'

/** An error as ollama's clients read it: one text, in an answer's body and as a line of a stream alike. */
export function ollamaError({ message, field }: Failure): { error: string } {
  return { error: field === undefined || message.includes(field) ? message : `${field}: ${message}` }
}
