import { ProtocolError, type ToolCall } from '../../interface/index.ts'

/** A piece of a call of a tool, with its place among the calls of the answer. */
export interface ToolCallPiece {
  index: number
  /** The call begins with this piece; only then are id and name new. */
  isNew: boolean
  call: ToolCall
}

/** Puts calls together from pieces: one with a known id goes on where the last one stopped. */
export class ToolCalls {
  readonly list: ToolCall[] = []

  /** Takes what one event brought. Throws `ProtocolError` when a call goes on after another one has begun. */
  add(calls: readonly ToolCall[] = []): ToolCallPiece[] {
    return calls.map(call => {
      const index = this.list.findIndex(known => known.id === call.id)
      if (index < 0) return { index: this.list.push({ ...call }) - 1, isNew: true, call }
      if (index < this.list.length - 1) throw new ProtocolError('pieces of several calls are mixed')
      this.list[index]!.arguments += call.arguments
      return { index, isNew: false, call }
    })
  }
}

/** The arguments of a whole call as an object. Throws `ProtocolError` when the model wrote no JSON object. */
export function argumentsOf({ name, arguments: text }: ToolCall): Record<string, unknown> {
  const value = parsed(text.trim() === '' ? '{}' : text)
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ProtocolError(`the model called ${name} with arguments that are no JSON object`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
