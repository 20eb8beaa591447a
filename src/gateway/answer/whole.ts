import type { EndEvent, TokenLogprob, ToolCall } from '../../interface/index.ts'
import type { Generation } from './generation.ts'
import { ToolCalls } from './tool-calls.ts'

/** What is known of an answer before its end. */
export interface Head {
  /** Without a prefix; each dialect puts its own before it. */
  id: string
  /** Milliseconds since 1970. */
  createdMs: number
  /** Who answers now; another provider may go on with the answer. */
  readonly model: { name: string; digest: string }
  /** This node itself, or the provider. */
  readonly peerId: string
}

/** A whole answer. */
export interface Whole {
  text: string
  /** Reasoning that is not part of the answer. */
  thought: string
  toolCalls: ToolCall[]
  logprobs: TokenLogprob[]
  end: EndEvent
}

/** Reads an answer to its end. Throws what the engine throws. */
export async function collect(generation: Generation, onFirst: () => void): Promise<Whole> {
  const calls = new ToolCalls()
  const logprobs: TokenLogprob[] = []
  const texts = { answer: '', thought: '' }
  for (let isFirst = true; ; isFirst = false) {
    const event = await generation.next()
    if (isFirst) onFirst()
    if (event?.type === 'end') {
      return { text: texts.answer, thought: texts.thought, toolCalls: calls.list, logprobs, end: event }
    }
    if (event === undefined) continue
    texts[event.channel] += event.text
    calls.add(event.toolCalls)
    logprobs.push(...(event.logprobs ?? []))
  }
}
