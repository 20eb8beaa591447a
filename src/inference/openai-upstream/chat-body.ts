import {
  type GenerateRequest,
  type ModelFeatures,
  type ResponseFormat,
  type Tool,
  type ToolChoice,
  UnsupportedFeatureError
} from '../../interface/index.ts'
import { chatMessages } from './chat-messages.ts'
import type { ExtraParameter, KindFacts, ReasoningEffort } from './server-kind.ts'

/** The names that requests from peers have for what only some servers take. */
const FIELDS: Record<ExtraParameter, string> = { topK: 'top_k', minP: 'min_p', repeatPenalty: 'repeat_penalty' }

/**
 * The body of `POST /v1/chat/completions`. Throws `UnsupportedFeatureError` that names what this kind of server
 * cannot honour: nothing is left out in silence.
 */
export function chatBody(model: string, request: GenerateRequest, kind: KindFacts, features: ModelFeatures): object {
  refuseUnknown(request, features)
  const { sampling = {}, maxTokens, stop = [], logprobs, responseFormat, parallelToolCalls } = request
  return withoutUndefined({
    model,
    messages: chatMessages(request.messages),
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    stop: stop.length > 0 ? stop : undefined,
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs,
    response_format: chatResponseFormat(responseFormat),
    ...(offersTools(request) && {
      tools: request.tools?.map(chatTool),
      tool_choice: chatToolChoice(request.toolChoice, kind),
      parallel_tool_calls: parallelCalls(parallelToolCalls, kind)
    }),
    ...extras(request, kind),
    ...thoughts(request.maxThoughtTokens, kind, features)
  })
}

function refuseUnknown(request: GenerateRequest, features: ModelFeatures): void {
  if (request.resume !== undefined) unsupported('resume')
  if (request.acceptIf !== undefined) unsupported('accept_if')
  const hasCalls = request.messages.some(({ role, toolCalls = [] }) => role === 'tool' || toolCalls.length > 0)
  if ((offersTools(request) || hasCalls) && !features.tools) unsupported('tools')
  const hasImages = request.messages.some(message => message.parts.some(part => part.type === 'media'))
  if (hasImages && features.images !== true) unsupported('messages', 'the model reads no images')
}

function extras({ sampling = {} }: GenerateRequest, kind: KindFacts): Record<string, number> {
  const found: Record<string, number> = {}
  for (const name of Object.keys(FIELDS) as ExtraParameter[]) {
    const value = sampling[name]
    if (value === undefined) continue
    const theirs = kind.extras[name]
    if (theirs === undefined) unsupported(FIELDS[name])
    found[theirs] = value
  }
  return found
}

/** Most tokens that each word stands for, as everywhere in p2pai. */
const EFFORTS: readonly (readonly [ReasoningEffort, number])[] = [
  ['high', 16_384],
  ['medium', 4_096]
]

/** 0 switches reasoning off. These servers take a word instead of a number: the largest that stands for no more. */
function thoughts(max: number | undefined, kind: KindFacts, { thoughts: thinks }: ModelFeatures): object {
  if (max === undefined) return {}
  if (max === 0 && kind.withoutThoughts !== undefined) return kind.withoutThoughts
  if (thinks !== true) return {}
  if (max === 0) unsupported('max_thought_tokens')
  return kind.withThoughts(EFFORTS.find(([, tokens]) => tokens <= max)?.[0] ?? 'low')
}

/** Whether the model is told of the tools: one that must call none need not know them. */
export function offersTools({ tools = [], toolChoice }: GenerateRequest): boolean {
  return tools.length > 0 && toolChoice !== 'none'
}

/** A tool as OpenAI's API takes it. */
export function chatTool({ name, description, parameters }: Tool): object {
  return { type: 'function', function: { name, description, parameters } }
}

function chatToolChoice(choice: ToolChoice | undefined, kind: KindFacts): unknown {
  if (choice === undefined || choice === 'auto') return undefined
  if (!kind.toolChoice) unsupported('tool_choice')
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } }
}

function parallelCalls(wanted: boolean | undefined, kind: KindFacts): boolean | undefined {
  if (wanted !== false) return undefined
  if (!kind.parallelToolCalls) unsupported('parallel_tool_calls')
  return false
}

function chatResponseFormat(format: ResponseFormat | undefined): object | undefined {
  if (format === undefined || format.type === 'text') return undefined
  if (format.type === 'json') return { type: 'json_object' }
  return { type: 'json_schema', json_schema: { name: 'answer', schema: format.schema, strict: true } }
}

function unsupported(field: string, why = `the server behind this node takes no ${field}`): never {
  throw new UnsupportedFeatureError(why, { details: { field } })
}

function withoutUndefined(body: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}
