import { z } from 'zod'
import { MAX_MESSAGES } from '../../interface/index.ts'
import { effortWord } from '../effort.ts'
import { chatMessage } from './messages.ts'
import { callerFields, modelName, samplingFields, stopTexts, tokenLimit, topLogprobs } from './parameters.ts'
import { chatResponseFormat, chatToolChoice, chatTools } from './tools.ts'

/** `stream_options` of chat completions and completions. */
export const streamOptions = z.strictObject({
  include_usage: z.boolean().nullish(),
  include_obfuscation: z.literal(false, 'nothing is padded here').nullish()
})

/** A bias by token id makes sense only to who knows the vocabulary of the model that answers. */
export const noLogitBias = z.record(z.string(), z.never('token ids differ between models')).nullish()

/** The body of `POST /v1/chat/completions`. A parameter that is not here is refused, never passed over. */
export const chatBody = z
  .strictObject({
    model: modelName,
    messages: z.array(chatMessage).min(1).max(MAX_MESSAGES),
    stream: z.boolean().nullish(),
    stream_options: streamOptions.nullish(),
    max_tokens: tokenLimit.nullish(),
    max_completion_tokens: tokenLimit.nullish(),
    stop: stopTexts.nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: topLogprobs.nullish(),
    response_format: chatResponseFormat.nullish(),
    tools: chatTools.nullish(),
    tool_choice: chatToolChoice.nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    reasoning_effort: effortWord.nullish(),
    n: z.literal(1, 'there is one answer to a request').nullish(),
    logit_bias: noLogitBias,
    modalities: z.array(z.literal('text', 'answers are text')).nullish(),
    ...samplingFields,
    ...callerFields
  })
  .refine(body => body.stream || !body.stream_options, { path: ['stream_options'], error: 'only with stream' })
  .refine(body => body.logprobs || !body.top_logprobs, { path: ['top_logprobs'], error: 'only with logprobs' })
  .refine(({ max_tokens: old, max_completion_tokens: now }) => !old || !now || old === now, {
    path: ['max_tokens'],
    error: 'differs from max_completion_tokens'
  })

/** A checked body. */
export type ChatBody = z.output<typeof chatBody>
