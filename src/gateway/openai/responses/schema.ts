import { z } from 'zod'
import { MAX_MESSAGES, MAX_TOOLS } from '../../../interface/index.ts'
import { effortWord } from '../../effort.ts'
import { callerFields, modelName, samplingFields, tokenLimit, topLogprobs } from '../parameters.ts'
import { functionFields, jsonSchema } from '../tools.ts'
import { inputOrReference } from './input.ts'

const STATELESS = 'conversations are not kept here; send the whole conversation in input'

const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    name: z.string(),
    description: z.string().nullish(),
    schema: jsonSchema,
    strict: z.boolean().nullish().describe('Answers are always held to the schema')
  })
])

const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.strictObject({ type: z.literal('function'), name: z.string().min(1) })
])

/** The body of `POST /v1/responses`. A parameter that is not here is refused, never passed over. */
export const responsesBody = z.strictObject({
  model: modelName,
  input: z.union([z.string(), z.array(inputOrReference).min(1).max(MAX_MESSAGES)]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_obfuscation: z.literal(false, 'nothing is padded here').nullish() })
    .nullish(),
  max_output_tokens: tokenLimit.nullish(),
  temperature: samplingFields.temperature,
  top_p: samplingFields.top_p,
  top_logprobs: topLogprobs.nullish(),
  include: z
    .array(
      // Reasoning is given in the open: there is nothing encrypted to include.
      z.literal(['message.output_text.logprobs', 'reasoning.encrypted_content'], 'cannot be included')
    )
    .nullish(),
  text: z
    .strictObject({ format: format.nullish(), verbosity: z.literal('medium', 'cannot be chosen').nullish() })
    .nullish(),
  tools: z
    .array(z.strictObject({ type: z.literal('function'), ...functionFields }))
    .max(MAX_TOOLS)
    .nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z
    .strictObject({ effort: effortWord.nullish(), summary: z.null('reasoning is given whole').optional() })
    .nullish(),
  truncation: z.literal('disabled', 'a prompt is never cut').nullish(),
  background: z.literal(false, STATELESS).nullish(),
  previous_response_id: z.null(STATELESS).optional(),
  conversation: z.null(STATELESS).optional(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish().describe('Given back in the answer'),
  ...callerFields
})

/** A checked body. */
export type ResponsesBody = z.output<typeof responsesBody>
