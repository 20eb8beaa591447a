import { z } from 'zod'
import {
  MAX_MESSAGES,
  MAX_STOP_LENGTH,
  MAX_STOP_STRINGS,
  MAX_TOOLS,
  MAX_TOP_K,
  parseKeepAlive
} from '../../interface/index.ts'
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

/** Programs in Go send every field: an empty one says nothing. */
const empty = (why: string) => z.literal(['', null], why).optional()

/** How long a model stays in memory after this. */
export const keepAlive = z
  .union([z.string().max(40), z.number()])
  .nullish()
  .refine(isKeepAlive, 'is no duration; write 10m, 300 for seconds, 0, or -1 for ever')
  .describe('How long the model stays in the memory of this machine; on others it is their own matter')

function isKeepAlive(value: string | number | null | undefined): boolean {
  try {
    readKeepAlive(value)
    return true
  } catch {
    return false
  }
}

/** In milliseconds; undefined leaves it to the node. */
export function readKeepAlive(value: string | number | null | undefined): number | undefined {
  return value === undefined || value === null || value === '' ? undefined : parseKeepAlive(value)
}

/** The same as a field of a request. */
export function kept(value: string | number | null | undefined): { keepAliveMs?: number } {
  const keepAliveMs = readKeepAlive(value)
  return keepAliveMs === undefined ? {} : { keepAliveMs }
}

/** Rivals of tokens are told only where tokens are. */
const hasTokens = (body: { logprobs?: boolean | undefined; top_logprobs?: number | undefined }) =>
  body.logprobs === true || !body.top_logprobs
const WITHOUT_TOKENS = { path: ['top_logprobs'], error: 'only with logprobs' }

/** Parameters that both ways of asking have. */
const shared = {
  model: modelName,
  stream: z.boolean().optional().describe('true unless set'),
  format: z.union([z.literal(['json', '']), jsonSchema]).nullish(),
  options: options.nullish(),
  keep_alive: keepAlive,
  think: z
    .union([z.boolean(), z.enum(['low', 'medium', 'high', 'max'])])
    .nullish()
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
  images: z.array(z.base64()).nullish(),
  thinking: z.string().optional().describe('Thoughts of earlier turns are no part of a prompt'),
  tool_calls: z.array(toolCall).nullish(),
  tool_name: z.string().optional(),
  tool_call_id: z.string().optional()
})

/** The body of `POST /api/chat`. A parameter that is not here is refused, never passed over. */
export const chatBody = z
  .strictObject({
    ...shared,
    messages: z.array(message).max(MAX_MESSAGES).describe('None: the model is loaded, or unloaded with keep_alive 0'),
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
      .nullish()
  })
  .refine(hasTokens, WITHOUT_TOKENS)

/** The body of `POST /api/generate`. */
export const generateBody = z
  .strictObject({
    ...shared,
    prompt: z.string().optional().describe('Nothing: the model is loaded, or unloaded with keep_alive 0'),
    system: z.string().nullish(),
    images: z.array(z.base64()).nullish(),
    template: empty('models have their own template'),
    suffix: empty('models do not fill gaps'),
    context: z.array(z.never('conversations are sent as messages')).nullish(),
    raw: z.literal(false, 'models get prompts in their chat template').optional()
  })
  .refine(hasTokens, WITHOUT_TOKENS)

/** Older clients say `name`. */
const named = { model: z.string().max(128).optional(), name: z.string().max(128).optional() }
interface Named {
  model?: string | undefined
  name?: string | undefined
}
/** The model that a body names. */
export const nameOf = ({ model, name }: Named): string => model || name || ''
/** Whether a body names one model. */
export const isNamed = ({ model, name }: Named): boolean =>
  nameOf({ model, name }) !== '' && (model || name) === (name || model)
/** Said where it does not. */
export const NOT_NAMED = { path: ['model'], error: 'is missing, or differs from name' }

/** A body that names a model and says nothing else. */
export const namedBody = z.strictObject(named).refine(isNamed, NOT_NAMED)

/** The body of `POST /api/show`. */
export const showBody = z
  .strictObject({
    ...named,
    verbose: z.literal(false).optional(),
    system: empty('a model is shown as it is'),
    template: empty('a model is shown as it is'),
    options: z.strictObject({}).nullish()
  })
  .refine(isNamed, NOT_NAMED)

/** A checked body. */
export type ChatBody = z.output<typeof chatBody>
export type GenerateBody = z.output<typeof generateBody>
