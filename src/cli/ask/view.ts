import type { EngineEvent } from '../../index.ts'
import { firstCode, renderMarkdown } from '../output/markdown/index.ts'
import { PrintableStream } from '../output/printable.ts'
import type { Terminal } from '../output/terminal.ts'
import { Asides } from './asides.ts'

/** Shows one answer. */
export interface AnswerView {
  see(event: EngineEvent): Promise<void>
  /** The answer is over, whole or not. Throws when it cannot be shown as wanted. */
  finish(whole: boolean): Promise<void>
}

/** `plain`: as it comes. `whole`: at the end. `rendered`: markdown as it is meant, at the end. `code`: its first block of code alone. */
export type AnswerForm = 'plain' | 'whole' | 'rendered' | 'code'

/** The view of a form. */
export function answerView(form: AnswerForm, terminal: Terminal): AnswerView {
  return form === 'plain' ? new PlainView(terminal) : new WholeView(form, terminal)
}

/** Newlines at the end are held back, so that it ends in exactly one. A terminal gets the harmless part of the text. */
class PlainView implements AnswerView {
  readonly #terminal: Terminal
  readonly #asides: Asides
  readonly #printable = new PrintableStream()
  #heldBack = ''
  #begun = false

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    this.#asides = new Asides(terminal)
  }

  async see(event: EngineEvent): Promise<void> {
    this.#asides.see(event, this.#begun)
    if (event.type === 'delta' && event.channel === 'answer') await this.show(event.text)
  }

  /** Shows what comes next. */
  async show(next: string): Promise<void> {
    const text = this.#heldBack + (this.#terminal.watched ? this.#printable.push(next) : next)
    const body = text.replace(/\n+$/, '')
    this.#heldBack = text.slice(body.length)
    if (body === '') return
    this.#asides.stop()
    this.#begun = true
    await this.#terminal.write(body)
  }

  async finish(): Promise<void> {
    this.#asides.stop()
    if (this.#begun) await this.#terminal.write('\n')
  }
}

/** Nothing is shown before the answer is complete. */
class WholeView implements AnswerView {
  readonly #form: AnswerForm
  readonly #terminal: Terminal
  readonly #asides: Asides
  #text = ''
  #tokens = 0

  constructor(form: AnswerForm, terminal: Terminal) {
    this.#form = form
    this.#terminal = terminal
    this.#asides = new Asides(terminal)
  }

  async see(event: EngineEvent): Promise<void> {
    this.#asides.see(event, false)
    if (event.type !== 'delta' || event.channel !== 'answer') return
    this.#text += event.text
    this.#tokens += event.tokenCount
    this.#asides.wait(`answering, ${this.#tokens} tokens`)
  }

  async finish(whole: boolean): Promise<void> {
    this.#asides.stop()
    if (this.#form === 'code') await this.#code(whole)
    else if (this.#form === 'whole') await this.#plain()
    else if (this.#text !== '') await this.#terminal.write(`${await renderMarkdown(this.#text, this.#terminal)}\n`)
  }

  async #plain(): Promise<void> {
    const view = new PlainView(this.#terminal)
    await view.show(this.#text)
    await view.finish()
  }

  /** A block at the end of an answer that was cut is cut itself, and better not run. */
  async #code(whole: boolean): Promise<void> {
    const code = await firstCode(this.#text)
    if (code?.closed || (code && whole)) {
      const text = this.#terminal.watched ? new PrintableStream().push(code.text) : code.text
      await this.#terminal.write(`${text.replace(/\n+$/, '')}\n`)
    } else if (whole) {
      const problem = code === null ? 'has no block of code' : 'cannot be searched for code'
      throw new NoCodeError(`the answer ${problem}`, this.#text)
    }
  }
}

/** No block of code can be given, though one was asked for. */
export class NoCodeError extends Error {
  override readonly name = 'NoCodeError'
  /** The answer. */
  readonly text: string

  constructor(message: string, text: string) {
    super(message)
    this.text = text
  }
}
