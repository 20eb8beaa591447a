import { z } from 'zod'

const likelihood = z.object({ token: z.string(), logprob: z.number() })
const toolCall = z.object({
  index: z.int().min(0).max(127).nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish()
})
const count = z.int().min(0)

/** What is read of a `chat.completion.chunk`. Servers add fields of their own, which are passed over. */
export const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
            tool_calls: z.array(toolCall).max(128).nullish()
          })
          .nullish(),
        logprobs: z
          .object({ content: z.array(likelihood.extend({ top_logprobs: z.array(likelihood).nullish() })).nullish() })
          .nullish(),
        finish_reason: z.string().nullish()
      })
    )
    .max(1),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count.nullish(),
      prompt_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish(),
      completion_tokens_details: z.object({ reasoning_tokens: count.nullish() }).nullish()
    })
    .nullish()
})

/** One piece of a streamed answer. */
export type Chunk = z.output<typeof chunkSchema>
/** Its only choice. */
export type ChunkChoice = Chunk['choices'][number]
/** One piece of a tool call. */
export type ChunkToolCall = z.output<typeof toolCall>
