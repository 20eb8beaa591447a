import { EngineCrashedError, type ToolCall } from '../../interface/index.ts'
import type { ChunkToolCall } from './chunk.ts'

const MAX_CALLS = 128

/** Follows streamed tool calls, which servers name by their place and only once by their id. */
export class ToolCallPieces {
  readonly #ids = new Map<number, string>()
  readonly #answerId: string

  /** `answerId` makes ids for servers that give none. */
  constructor(answerId: string) {
    this.#answerId = answerId
  }

  /** How many calls have begun. */
  get count(): number {
    return this.#ids.size
  }

  /** A piece as an engine gives it: a new id begins a call, a known one goes on with its arguments. */
  next(piece: ChunkToolCall): ToolCall {
    const index = piece.index ?? this.#placeOf(piece)
    const known = this.#ids.get(index)
    const { name, arguments: words } = piece.function ?? {}
    if (known !== undefined) return { id: known, name: '', arguments: words ?? '' }
    if (!name) throw new EngineCrashedError('the server behind this node sent a tool call without a name')
    if (this.#ids.size === MAX_CALLS) throw new EngineCrashedError(`the answer calls more than ${MAX_CALLS} tools`)
    const id = piece.id || `call_${this.#answerId}_${index}`
    this.#ids.set(index, id)
    return { id, name, arguments: words ?? '' }
  }

  /** Without a place, a piece with a name begins a call and any other goes on with the last one. */
  #placeOf(piece: ChunkToolCall): number {
    return piece.function?.name ? this.#ids.size : Math.max(0, this.#ids.size - 1)
  }
}
