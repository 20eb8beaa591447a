import { z } from 'zod'

/** An error as servers give it, whatever its form. */
export interface ServerError {
  message: string
  code?: string | number
  type?: string
  param?: string
  promptTokens?: number
  contextSizeTokens?: number
}

const MAX_MESSAGE_LENGTH = 300

const inner = z.object({
  message: z.string(),
  code: z.union([z.string(), z.number()]).nullish(),
  type: z.string().nullish(),
  param: z.string().nullish(),
  n_prompt_tokens: z.int().nullish(),
  n_ctx: z.int().nullish()
})
/** OpenAI's form, ollama's, an older one of vLLM, and that of FastAPI. */
const body = z.union([
  z.object({ error: inner }).transform(({ error }) => error),
  z.object({ error: z.string() }).transform(({ error }) => ({ message: error })),
  inner,
  z.object({ detail: z.string() }).transform(({ detail }) => ({ message: detail }))
])

/** Reads the body of an error, or of an event in a stream; undefined when it is none. */
export function readServerError(value: unknown): ServerError | undefined {
  const parsed = body.safeParse(value)
  if (!parsed.success) return undefined
  const { message, code, type, param, n_prompt_tokens, n_ctx }: z.output<typeof inner> = parsed.data
  return {
    message,
    ...(code != null && { code }),
    ...(type != null && { type }),
    ...(param != null && { param: param.slice(0, MAX_MESSAGE_LENGTH) }),
    ...(n_prompt_tokens != null && { promptTokens: n_prompt_tokens }),
    ...(n_ctx != null && { contextSizeTokens: n_ctx })
  }
}

/** The server's words, short enough for a peer. */
export function errorText({ message }: ServerError): string {
  const text = message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message
  return text === '' ? 'the server behind this node refused the request' : text
}
