import type { EndEvent, TokenLogprob, ToolCall } from '../../../interface/index.ts'
import { answerFacts } from '../../answer/facts.ts'
import type { Head, Whole } from '../../answer/whole.ts'
import { chatLogprobs } from '../logprobs.ts'
import type { ResponsesBody } from './schema.ts'

type Status = 'in_progress' | 'completed' | 'incomplete'

/** A `response` object: without `end` as it stands when the answer begins. */
export function responseObject(head: Head, body: ResponsesBody, { items, end }: { items: unknown[]; end?: EndEvent }) {
  const cut = end?.finishReason === 'length'
  const status = end === undefined ? 'in_progress' : cut ? 'incomplete' : 'completed'
  return {
    id: `resp_${head.id}`,
    object: 'response',
    created_at: Math.floor(head.createdMs / 1000),
    status: status satisfies Status,
    background: false,
    error: null,
    incomplete_details: cut ? { reason: 'max_output_tokens' } : null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: head.model.name,
    output: items,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
    store: false,
    temperature: body.temperature ?? null,
    text: { format: body.text?.format ?? { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_p: body.top_p ?? null,
    truncation: 'disabled',
    usage: end === undefined ? null : usageOf(end),
    user: body.user ?? null,
    metadata: body.metadata ?? {},
    p2pai: end === undefined ? { peer: head.peerId } : answerFacts(head, end)
  }
}

/** The items of a whole answer. */
export function itemsOf(head: Head, { text, thought, toolCalls, logprobs, end }: Whole): unknown[] {
  const status = end.finishReason === 'length' ? 'incomplete' : 'completed'
  const thoughts = thought === '' ? [] : [reasoningItem(itemId('rs', head, 0), thought, status)]
  const isSilent = text === '' && toolCalls.length > 0
  return [
    ...thoughts,
    ...(isSilent ? [] : [messageItem(itemId('msg', head, thoughts.length), text, logprobs, status)]),
    ...toolCalls.map(call => callItem(call, status))
  ]
}

/** The name of an item, which its place makes unlike that of any other: a model may think, speak, and think again. */
export function itemId(kind: 'rs' | 'msg', head: Head, index: number): string {
  return `${kind}_${head.id}${index}`
}

/** Reasoning, as an item. */
export function reasoningItem(id: string, thought: string, status: Status) {
  const content = thought === '' ? [] : [{ type: 'reasoning_text', text: thought }]
  return { type: 'reasoning', id, status, summary: [], content }
}

/** The answer's text, as an item; empty as it stands when it begins. */
export function messageItem(id: string, text: string, logprobs: readonly TokenLogprob[], status: Status) {
  const content = status === 'in_progress' ? [] : [textPart(text, logprobs)]
  return { type: 'message', id, status, role: 'assistant', content }
}

/** The one part of a message. */
export function textPart(text: string, logprobs: readonly TokenLogprob[]) {
  return { type: 'output_text', text, annotations: [], logprobs: chatLogprobs(logprobs) }
}

/** A call of a tool, as an item. */
export function callItem({ id, name, arguments: text }: ToolCall, status: Status) {
  return { type: 'function_call', id: `fc_${id}`, call_id: id, name, arguments: text, status }
}

function usageOf({ usage }: EndEvent) {
  return {
    input_tokens: usage.promptTokens,
    input_tokens_details: { cached_tokens: usage.cachedPromptTokens },
    output_tokens: usage.completionTokens,
    output_tokens_details: { reasoning_tokens: usage.thoughtTokens ?? 0 },
    total_tokens: usage.promptTokens + usage.completionTokens
  }
}
