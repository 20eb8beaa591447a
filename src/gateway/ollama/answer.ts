import type { EndEvent, TokenLogprob, ToolCall } from '../../interface/index.ts'
import { answerFacts } from '../answer/facts.ts'
import { argumentsOf, ToolCalls } from '../answer/tool-calls.ts'
import type { Head, Whole } from '../answer/whole.ts'
import type { AnswerWriter, StreamForm } from '../answer/writer.ts'
import { chatLogprobs } from '../openai/logprobs.ts'
import { ollamaError } from './error-body.ts'

/** Lines of JSON. Clients read each line, an empty one too, as an object: a sign of life is a piece without text. */
export function linesForm(form: (said: Said) => object): StreamForm {
  return {
    contentType: LINES,
    keepAlive: name => line({ model: name, created_at: new Date().toISOString(), ...form(NOTHING), done: false })
  }
}

export const LINES = 'application/x-ndjson'

/** Durations are in nanoseconds here. */
export const NANOSECONDS_PER_MS = 1_000_000

/** What one answer or one line says; the two ways of asking put it differently. */
export interface Said {
  text: string
  thought: string
  toolCalls: readonly ToolCall[]
}

const NOTHING: Said = { text: '', thought: '', toolCalls: [] }

/** One object of a stream. */
export function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}

/** `message` of a chat. */
export function chatMessage({ text, thought, toolCalls }: Said) {
  const calls = toolCalls.map(call => ({ id: call.id, function: { name: call.name, arguments: argumentsOf(call) } }))
  return {
    message: {
      role: 'assistant',
      content: text,
      ...(thought !== '' && { thinking: thought }),
      ...(calls.length > 0 && { tool_calls: calls })
    }
  }
}

/** `response` of a completion. */
export function generated({ text, thought }: Said) {
  return { response: text, ...(thought !== '' && { thinking: thought }) }
}

/** A whole answer as one object. */
export function wholeAnswer(head: Head, whole: Whole, form: (said: Said) => object) {
  return { ...base(head), ...form(whole), ...logprobsOf(whole.logprobs), ...ending(head, whole.end) }
}

/** Streams lines; the last one has `done`, or `error`. */
export function linesWriter(head: Head, form: (said: Said) => object): AnswerWriter {
  const calls = new ToolCalls()
  return {
    begin: () => '',
    delta({ channel, text, logprobs = [], toolCalls }) {
      calls.add(toolCalls)
      if (text === '') return ''
      const said = channel === 'thought' ? { ...NOTHING, thought: text } : { ...NOTHING, text }
      return line({ ...base(head), ...form(said), ...logprobsOf(logprobs), done: false })
    },
    end(event) {
      // Arguments are objects here, so a call can be told only when it is whole.
      const called =
        calls.list.length === 0
          ? ''
          : line({ ...base(head), ...form({ ...NOTHING, toolCalls: calls.list }), done: false })
      return called + line({ ...base(head), ...form(NOTHING), ...ending(head, event) })
    },
    failure: failure => line(ollamaError(failure))
  }
}

function base(head: Head) {
  return { model: head.model.name, created_at: new Date(head.createdMs).toISOString() }
}

function logprobsOf(tokens: readonly TokenLogprob[]): object {
  return tokens.length === 0 ? {} : { logprobs: chatLogprobs(tokens) }
}

function ending(head: Head, end: EndEvent) {
  const { queuedMs, prefillMs, decodeMs } = end.timings
  return {
    done: true,
    done_reason: end.finishReason === 'length' ? 'length' : 'stop',
    total_duration: Math.round((queuedMs + prefillMs + decodeMs) * NANOSECONDS_PER_MS),
    load_duration: Math.round(queuedMs * NANOSECONDS_PER_MS),
    prompt_eval_count: end.usage.promptTokens,
    prompt_eval_duration: Math.round(prefillMs * NANOSECONDS_PER_MS),
    eval_count: end.usage.completionTokens,
    eval_duration: Math.round(decodeMs * NANOSECONDS_PER_MS),
    p2pai: answerFacts(head, end)
  }
}
