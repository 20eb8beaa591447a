import type { ResponseFormat } from '../../../interface/index.ts'
import type { Ask } from '../../answer/generation.ts'
import { answerRoute } from '../../answer/route.ts'
import { EVENT_STREAM } from '../../answer/writer.ts'
import { compact } from '../../compact.ts'
import { thoughtTokens, wantsThoughts } from '../../effort.ts'
import type { Gateway } from '../../gateway.ts'
import type { Route } from '../../route.ts'
import { readSampling } from '../parameters.ts'
import { readTool } from '../tools.ts'
import { readInput } from './input.ts'
import { itemsOf, responseObject } from './object.ts'
import { type ResponsesBody, responsesBody } from './schema.ts'
import { responsesWriter } from './stream.ts'

/** `POST /v1/responses`, without a memory: the whole conversation comes with every request. */
export const responsesRoute: Route = answerRoute({
  path: '/v1/responses',
  summary: "Answers a conversation, as OpenAI's newer interface does; stateless",
  body: responsesBody,
  form: EVENT_STREAM,
  read: readResponses,
  whole(head, whole, body, gateway) {
    const items = itemsOf(head, whole)
    if (body.store !== false) gateway.items.keep(items)
    return responseObject(head, body, { items, end: whole.end })
  },
  writer: (head, body, { gateway }) =>
    responsesWriter(head, body, items => {
      if (body.store !== false) gateway.items.keep(items)
    })
})

/** Where what the engine names stands in a body. */
const RESPONSES_FIELDS = {
  'response_format.schema': 'text.format.schema',
  response_format: 'text.format',
  max_thought_tokens: 'reasoning.effort',
  max_tokens: 'max_output_tokens',
  messages: 'input'
}

function readResponses(body: ResponsesBody, { items }: Gateway): Ask {
  const choice = body.tool_choice ?? undefined
  return {
    stream: body.stream ?? false,
    ...wantsThoughts('reasoning.effort', body.reasoning?.effort),
    fields: RESPONSES_FIELDS,
    request: {
      model: body.model,
      messages: readInput(items.resolve(body.input), body.instructions),
      ...compact({
        maxTokens: body.max_output_tokens,
        sampling: readSampling({ temperature: body.temperature, top_p: body.top_p }),
        tools: body.tools?.map(readTool),
        toolChoice: typeof choice === 'object' ? { name: choice.name } : choice,
        parallelToolCalls: body.parallel_tool_calls,
        maxThoughtTokens: thoughtTokens(body.reasoning?.effort),
        responseFormat: readFormat(body.text?.format),
        logprobs: wantsLogprobs(body) ? (body.top_logprobs ?? 0) : undefined,
        sessionId: body.prompt_cache_key
      })
    }
  }
}

function wantsLogprobs(body: ResponsesBody): boolean {
  return (body.include ?? []).includes('message.output_text.logprobs') || (body.top_logprobs ?? 0) > 0
}

function readFormat(format: NonNullable<ResponsesBody['text']>['format']): ResponseFormat | undefined {
  if (format === null || format === undefined) return undefined
  if (format.type === 'json_schema') return { type: 'json_schema', schema: format.schema }
  return { type: format.type === 'json_object' ? 'json' : 'text' }
}
