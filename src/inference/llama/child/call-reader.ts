import type { ToolCall } from '../../../interface/index.ts'
import type { CallSyntax } from './call-syntax.ts'
import { JsonEnd } from './json-end.ts'

/** What calls are read with. */
export interface CallReaderInit {
  syntax: CallSyntax
  names: readonly string[]
  /** The id of the call at this place of the answer. */
  idOf(index: number): string
  /** So many calls, and no more. */
  maxCalls: number
}

/** Reads calls out of text as it comes. The text is bound by a grammar, so it has no other form than the syntax. */
export class CallReader {
  readonly #init: CallReaderInit
  #text = ''
  #state: 'head' | 'name' | 'arguments' | 'suffix' | 'finished' = 'head'
  #begun = 0
  #whole = 0
  #name = ''
  #end = new JsonEnd()

  constructor(init: CallReaderInit) {
    this.#init = init
  }

  /** Between two calls or after the last one: nothing is cut off when the text ends here. */
  get isWhole(): boolean {
    return this.#whole > 0 && this.#whole === this.#begun && this.#state !== 'suffix'
  }

  /** No other call may follow. */
  get isFinished(): boolean {
    return this.#state === 'finished'
  }

  /** Takes more text and gives the pieces of calls in it. The first piece of a call has its name. */
  push(text: string): ToolCall[] {
    this.#text += text
    const pieces: ToolCall[] = []
    while (this.#step(pieces)) {
      // Every step reads one part of a call.
    }
    return pieces
  }

  /** Reads one part; false when more text is needed. */
  #step(pieces: ToolCall[]): boolean {
    const { syntax, maxCalls } = this.#init
    switch (this.#state) {
      case 'head':
        if (this.#whole === 0) this.#text = this.#text.trimStart()
        return this.#literal(this.#whole === 0 ? syntax.head : (syntax.next ?? ''), 'name')
      case 'name':
        return this.#readName(pieces)
      case 'arguments':
        return this.#readArguments(pieces)
      case 'suffix':
        if (!this.#literal(syntax.afterArguments(this.#name), 'head')) return false
        this.#whole++
        if (this.#whole < maxCalls && syntax.next !== undefined) return true
        this.#state = 'finished'
        return false
      case 'finished':
        return false
    }
  }

  #literal(literal: string, next: 'name' | 'head'): boolean {
    if (!this.#text.startsWith(literal)) return false
    this.#text = this.#text.slice(literal.length)
    this.#state = next
    return true
  }

  #readName(pieces: ToolCall[]): boolean {
    const { syntax, names, idOf } = this.#init
    const name = names.find(candidate => this.#text.startsWith(candidate + syntax.afterName(candidate)))
    if (name === undefined) return false
    this.#text = this.#text.slice(name.length + syntax.afterName(name).length)
    this.#name = name
    this.#end = new JsonEnd()
    this.#state = 'arguments'
    pieces.push({ id: idOf(this.#begun++), name, arguments: '' })
    return true
  }

  #readArguments(pieces: ToolCall[]): boolean {
    const length = this.#end.push(this.#text)
    if (length > 0) {
      const piece = { id: this.#init.idOf(this.#begun - 1), name: '', arguments: this.#text.slice(0, length) }
      const last = pieces.at(-1)
      if (last?.id === piece.id) last.arguments += piece.arguments
      else pieces.push(piece)
    }
    this.#text = this.#text.slice(length)
    if (this.#end.isOver) this.#state = 'suffix'
    return this.#end.isOver
  }
}
