import { z } from 'zod'
import { type TokenLogprob, textMessage } from '../../interface/index.ts'
import { answerFacts } from '../answer/facts.ts'
import type { Ask } from '../answer/generation.ts'
import { answerRoute } from '../answer/route.ts'
import type { Head, Whole } from '../answer/whole.ts'
import { type AnswerWriter, dataEvent, EVENT_STREAM } from '../answer/writer.ts'
import { compact } from '../compact.ts'
import type { Route } from '../route.ts'
import { fingerprint } from './chat.ts'
import { noLogitBias, streamOptions } from './chat-schema.ts'
import { openaiError } from './error-body.ts'
import {
  callerFields,
  modelName,
  readSampling,
  readStop,
  samplingFields,
  stopTexts,
  tokenLimit,
  topLogprobs
} from './parameters.ts'
import { chatUsage } from './usage.ts'

const prompt = z.string('one text; token ids differ between models')

const completionsBody = z
  .strictObject({
    model: modelName,
    prompt: z.union([prompt, z.array(prompt).length(1)]).describe('One text, given to the model as a user message'),
    stream: z.boolean().nullish(),
    stream_options: streamOptions.nullish(),
    max_tokens: tokenLimit.nullish(),
    stop: stopTexts.nullish(),
    logprobs: topLogprobs.nullish(),
    n: z.literal(1, 'there is one answer to a request').nullish(),
    best_of: z.literal(1, 'there is one answer to a request').nullish(),
    echo: z.literal(false, 'the prompt is not repeated').nullish(),
    logit_bias: noLogitBias,
    ...samplingFields,
    ...callerFields
  })
  .refine(body => body.stream || !body.stream_options, { path: ['stream_options'], error: 'only with stream' })

type CompletionsBody = z.output<typeof completionsBody>

/** `POST /v1/completions`. The models are chat models, so the prompt is a user message, as in ollama. */
export const completionsRoute: Route = answerRoute({
  path: '/v1/completions',
  summary: 'Answers one text, as OpenAI does',
  body: completionsBody,
  form: EVENT_STREAM,
  read: readCompletions,
  whole: (head, { text, logprobs, end }: Whole, body) => ({
    ...base(head),
    choices: [choice(text, end.finishReason, listed(logprobs, body, 0))],
    usage: chatUsage(end),
    p2pai: answerFacts(head, end)
  }),
  writer: completionsWriter
})

function readCompletions(body: CompletionsBody): Ask {
  const text = typeof body.prompt === 'string' ? body.prompt : body.prompt.join('')
  return {
    stream: body.stream ?? false,
    request: {
      model: body.model,
      messages: [textMessage('user', text)],
      ...compact({
        maxTokens: body.max_tokens,
        sampling: readSampling(body),
        stop: readStop(body.stop),
        logprobs: body.logprobs,
        sessionId: body.prompt_cache_key
      })
    }
  }
}

function completionsWriter(head: Head, body: CompletionsBody): AnswerWriter {
  const withUsage = body.stream_options?.include_usage ?? false
  let length = 0
  const chunk = (choices: unknown[], more: object = {}): string =>
    dataEvent({ ...base(head), choices, ...(withUsage && { usage: null }), ...more })
  return {
    begin: () => chunk([choice('', null, null)], { p2pai: { peer: head.peerId } }),
    delta({ channel, text, logprobs }) {
      const shown = channel === 'answer' ? text : ''
      const written = chunk([choice(shown, null, listed(logprobs ?? [], body, length))])
      length += shown.length
      return written
    },
    end(event) {
      const last = chunk([choice('', event.finishReason, null)], { p2pai: answerFacts(head, event) })
      const usage = withUsage ? chunk([], { usage: chatUsage(event) }) : ''
      return `${last}${usage}data: [DONE]\n\n`
    },
    failure: failure => dataEvent(openaiError(failure))
  }
}

function base(head: Head) {
  return {
    id: `cmpl-${head.id}`,
    object: 'text_completion',
    created: Math.floor(head.createdMs / 1000),
    model: head.model.name,
    system_fingerprint: fingerprint(head)
  }
}

function choice(text: string, finishReason: string | null, logprobs: object | null) {
  return { index: 0, text, logprobs, finish_reason: finishReason }
}

/** The older form of log probabilities: lists beside each other. */
function listed(tokens: readonly TokenLogprob[], { logprobs }: CompletionsBody, offset: number): object | null {
  if (logprobs === null || logprobs === undefined) return null
  let at = offset
  const offsets = tokens.map(({ token }) => {
    at += token.length
    return at - token.length
  })
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map(rival => [rival.token, rival.logprob]))),
    text_offset: offsets
  }
}
