import { z } from 'zod'
import { MAX_MESSAGES, MAX_STOP_LENGTH, MAX_STOP_STRINGS, MAX_TOOLS, MAX_TOP_K } from '../../interface/index.ts'
import { EFFORT_HELP } from '../effort.ts'
import { jsonSchema } from '../openai/tools.ts'

const modelName = z.string().min(1).max(128).describe('A name of /v1/models, a digest prefix, or auto')
/** Prefixes are cached here without being asked, so that this is honoured by itself. */
const cacheControl = z
  .strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() })
  .nullish()
  .describe('Prompt prefixes are always cached')

const text = z.strictObject({
  type: z.literal('text'),
  text: z.string(),
  cache_control: cacheControl,
  citations: z.array(z.never()).nullish()
})
const image = z.strictObject({
  type: z.literal('image'),
  source: z.strictObject({ type: z.literal('base64'), media_type: z.string().max(64), data: z.base64() }),
  cache_control: cacheControl
})
const toolUse = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
  cache_control: cacheControl
})
const toolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1),
  content: z.union([z.string(), z.array(text)]).optional(),
  is_error: z.boolean().nullish(),
  cache_control: cacheControl
})
const thinking = z
  .strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() })
  .describe('Thoughts of earlier turns are no part of a prompt')

/** A block of a message's content. */
export const contentBlock = z.discriminatedUnion('type', [text, image, toolUse, toolResult, thinking])

const oneCall = z.boolean().optional()
const toolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), disable_parallel_tool_use: oneCall }),
  z.strictObject({ type: z.literal('any'), disable_parallel_tool_use: oneCall }),
  z.strictObject({ type: z.literal('tool'), name: z.string().min(1), disable_parallel_tool_use: oneCall }),
  z.strictObject({ type: z.literal('none') })
])

const display = z.literal('summarized', 'thoughts are shown as they are').nullish()
const thinkingConfig = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('enabled'),
    budget_tokens: z.int().min(1).describe('Refused for a model that does not reason'),
    display
  }),
  z.strictObject({ type: z.literal('adaptive'), display }),
  z.strictObject({ type: z.literal('disabled') })
])

/** What makes the prompt; the number of its tokens depends on nothing else. */
const promptFields = {
  model: modelName,
  messages: z
    .array(
      z.strictObject({
        role: z.enum(['user', 'assistant']),
        content: z.union([z.string(), z.array(contentBlock).min(1)])
      })
    )
    .min(1)
    .max(MAX_MESSAGES),
  system: z.union([z.string(), z.array(text)]).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('custom').nullish(),
        name: z.string().min(1).max(128),
        description: z.string().optional(),
        input_schema: jsonSchema,
        strict: z.boolean().optional().describe('Engines that take tools hold arguments to their schema'),
        cache_control: cacheControl
      })
    )
    .max(MAX_TOOLS)
    .optional(),
  tool_choice: toolChoice.optional(),
  output_config: z
    .strictObject({
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish().describe(EFFORT_HELP),
      format: z.strictObject({ type: z.literal('json_schema'), schema: jsonSchema }).nullish()
    })
    .optional(),
  thinking: thinkingConfig.optional(),
  cache_control: cacheControl
}

/** The body of `POST /v1/messages/count_tokens`. A parameter that is not here is refused, never passed over. */
export const countTokensBody = z.strictObject(promptFields)

/** The body of `POST /v1/messages`. A parameter that is not here is refused, never passed over. */
export const messagesBody = z
  .strictObject({
    ...promptFields,
    max_tokens: z.int().min(1),
    stream: z.boolean().optional(),
    stop_sequences: z.array(z.string().min(1).max(MAX_STOP_LENGTH)).max(MAX_STOP_STRINGS).optional(),
    temperature: z.number().min(0).max(1).optional(),
    top_p: z.number().gt(0).max(1).optional(),
    top_k: z.int().min(0).max(MAX_TOP_K).optional(),
    metadata: z.strictObject({ user_id: z.string().nullish() }).optional().describe('Taken and not passed on'),
    service_tier: z.enum(['auto', 'standard_only'], 'there is one tier').optional()
  })
  .refine(({ thinking, max_tokens }) => thinking?.type !== 'enabled' || thinking.budget_tokens < max_tokens, {
    path: ['thinking', 'budget_tokens'],
    error: 'must be less than max_tokens, or no answer could follow'
  })

/** A checked body. */
export type MessagesBody = z.output<typeof messagesBody>

/** The part of it that makes the prompt. */
export type PromptBody = z.output<typeof countTokensBody>
