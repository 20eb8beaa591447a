import type { ResponseFormat } from '../../../interface/index.ts'
import type { Ask } from '../../answer/generation.ts'
import { answerRoute } from '../../answer/route.ts'
import { EVENT_STREAM } from '../../answer/writer.ts'
import { compact } from '../../compact.ts'
import { thoughtTokens } from '../../effort.ts'
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
  whole: (head, whole, body) => responseObject(head, body, { items: itemsOf(head, whole), end: whole.end }),
  writer: responsesWriter
})

function readResponses(body: ResponsesBody): Ask {
  const choice = body.tool_choice ?? undefined
  return {
    stream: body.stream ?? false,
    request: {
      model: body.model,
      messages: readInput(body.input, body.instructions),
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
  return (body.include ?? []).length > 0 || (body.top_logprobs ?? 0) > 0
}

function readFormat(format: NonNullable<ResponsesBody['text']>['format']): ResponseFormat | undefined {
  if (format === null || format === undefined) return undefined
  if (format.type === 'json_schema') return { type: 'json_schema', schema: format.schema }
  return { type: format.type === 'json_object' ? 'json' : 'text' }
}
