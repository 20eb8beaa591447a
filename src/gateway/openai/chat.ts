import { answerFacts } from '../answer/facts.ts'
import type { Ask } from '../answer/generation.ts'
import { answerRoute } from '../answer/route.ts'
import type { Head, Whole } from '../answer/whole.ts'
import { EVENT_STREAM } from '../answer/writer.ts'
import { compact } from '../compact.ts'
import { thoughtTokens, wantsThoughts } from '../effort.ts'
import type { Route } from '../route.ts'
import { type ChatBody, chatBody } from './chat-schema.ts'
import { chatWriter } from './chat-stream.ts'
import { chatLogprobs } from './logprobs.ts'
import { readMessages } from './messages.ts'
import { readSampling, readStop } from './parameters.ts'
import { readResponseFormat, readTool, readToolChoice } from './tools.ts'
import { chatUsage } from './usage.ts'

/** `POST /v1/chat/completions`. */
export const chatRoute: Route = answerRoute({
  path: '/v1/chat/completions',
  summary: 'Answers a conversation, as OpenAI does',
  body: chatBody,
  form: EVENT_STREAM,
  read: readChat,
  whole: wholeChat,
  writer: chatWriter
})

/** Where what the engine names stands in a body. */
const CHAT_FIELDS = {
  'response_format.schema': 'response_format.json_schema.schema',
  'tools.parameters': 'tools.function.parameters',
  max_thought_tokens: 'reasoning_effort',
  resume: 'messages'
}

function readChat(body: ChatBody): Ask {
  return {
    stream: body.stream ?? false,
    ...wantsThoughts('reasoning_effort', body.reasoning_effort),
    fields: CHAT_FIELDS,
    request: {
      model: body.model,
      messages: readMessages(body.messages),
      ...compact({
        maxTokens: body.max_completion_tokens ?? body.max_tokens,
        sampling: readSampling(body),
        stop: readStop(body.stop),
        tools: body.tools?.map(tool => readTool(tool.function)),
        toolChoice: readToolChoice(body.tool_choice),
        parallelToolCalls: body.parallel_tool_calls ?? undefined,
        maxThoughtTokens: thoughtTokens(body.reasoning_effort),
        responseFormat: readResponseFormat(body.response_format),
        logprobs: body.logprobs ? (body.top_logprobs ?? 0) : undefined,
        sessionId: body.prompt_cache_key
      })
    }
  }
}

function wholeChat(head: Head, { text, thought, toolCalls, logprobs, end }: Whole, body: ChatBody) {
  const calls = toolCalls.map(({ id, name, arguments: words }) => ({
    id,
    type: 'function',
    function: { name, arguments: words }
  }))
  return {
    id: `chatcmpl-${head.id}`,
    object: 'chat.completion',
    created: Math.floor(head.createdMs / 1000),
    model: head.model.name,
    system_fingerprint: fingerprint(head),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text === '' && calls.length > 0 ? null : text,
          refusal: null,
          ...(thought !== '' && { reasoning_content: thought }),
          ...(calls.length > 0 && { tool_calls: calls })
        },
        logprobs: body.logprobs ? { content: chatLogprobs(logprobs), refusal: null } : null,
        finish_reason: end.finishReason
      }
    ],
    usage: chatUsage(end),
    p2pai: answerFacts(head, end)
  }
}

/** Changes with the model's file. */
export function fingerprint({ model }: Head): string {
  return `fp_${model.digest.slice(0, 12)}`
}
