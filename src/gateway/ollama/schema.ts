import { z } from 'zod'
import { MAX_MESSAGES, MAX_STOP_LENGTH, MAX_STOP_STRINGS, MAX_TOOLS, MAX_TOP_K } from '../../interface/index.ts'
import { EFFORT_HELP } from '../effort.ts'
import { topLogprobs } from '../openai/parameters.ts'
import { jsonSchema } from '../openai/tools.ts'

/** How tokens are drawn, and how many. */
const options = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().gt(0).max(1).optional(),
  top_k: z.int().min(0).max(MAX_TOP_K).optional(),
  min_p: z.number().min(0).max(1).optional(),
  seed: z.int().optional().describe('Any whole number; its lowest 32 bits are used'),
  repeat_penalty: z.number().min(0.5).max(2).optional(),
  repeat_last_n: z.literal(64, 'penalties look back over 64 tokens').optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  num_predict: z.union([z.int().min(1), z.literal([-1, -2])]).optional(),
  num_ctx: z.int().min(1).optional().describe('Refused when the model that answers has a smaller context'),
  stop: z.array(z.string().min(1).max(MAX_STOP_LENGTH)).max(MAX_STOP_STRINGS).optional()
})

/** Whom to ask. */
export const modelName = z.string().min(1).max(128).describe('A name of /api/tags, a digest prefix, or auto')

/** How long a model stays in memory; that is the daemon's own setting. */
export const keepAlive = z
  .union([z.string(), z.number()])
  .refine(value => Number.parseFloat(String(value)) !== 0, 'a model is not unloaded by a request')
  .optional()
  .describe('Models stay in memory longer than any request asks for')

/** Parameters that both ways of asking have. */
const shared = {
  model: modelName,
  stream: z.boolean().optional().describe('true unless set'),
  format: z.union([z.literal(['json', '']), jsonSchema]).optional(),
  options: options.optional(),
  keep_alive: keepAlive,
  think: z
    .union([z.boolean(), z.enum(['low', 'medium', 'high', 'max'])])
    .optional()
    .describe(EFFORT_HELP),
  logprobs: z.boolean().optional(),
  top_logprobs: topLogprobs.optional()
}

const toolCall = z.strictObject({
  id: z.string().optional(),
  function: z.strictObject({
    index: z.int().optional(),
    name: z.string().min(1),
    arguments: z.record(z.string(), z.unknown())
  })
})

const message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  images: z.array(z.base64()).optional(),
  thinking: z.string().optional().describe('Thoughts of earlier turns are no part of a prompt'),
  tool_calls: z.array(toolCall).optional(),
  tool_name: z.string().optional(),
  tool_call_id: z.string().optional()
})

/** The body of `POST /api/chat`. A parameter that is not here is refused, never passed over. */
export const chatBody = z.strictObject({
  ...shared,
  messages: z.array(message).min(1).max(MAX_MESSAGES),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string().min(1).max(128),
          description: z.string().optional(),
          parameters: jsonSchema.optional()
        })
      })
    )
    .max(MAX_TOOLS)
    .optional()
})

/** The body of `POST /api/generate`. */
export const generateBody = z.strictObject({
  ...shared,
  prompt: z.string().min(1),
  system: z.string().optional(),
  images: z.array(z.base64()).optional(),
  raw: z.literal(false, 'models get prompts in their chat template').optional()
})

/** Older clients say `name`. */
const named = { model: z.string().min(1).max(128).optional(), name: z.string().min(1).max(128).optional() }
/** Whether a body names one model. */
export const isNamed = ({ model, name }: { model?: string | undefined; name?: string | undefined }) =>
  (model ?? name) !== undefined && (model ?? name) === (name ?? model)
/** Said where it does not. */
export const NOT_NAMED = { path: ['model'], error: 'is missing, or differs from name' }

/** A body that names a model and says nothing else. */
export const namedBody = z.strictObject(named).refine(isNamed, NOT_NAMED)

/** The body of `POST /api/show`. */
export const showBody = z.strictObject({ ...named, verbose: z.literal(false).optional() }).refine(isNamed, NOT_NAMED)

/** A checked body. */
export type ChatBody = z.output<typeof chatBody>
export type GenerateBody = z.output<typeof generateBody>
