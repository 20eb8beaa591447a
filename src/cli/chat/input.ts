import { createInterface, type Interface } from 'node:readline/promises'

/** What somebody at a terminal did. */
export type Typed = { kind: 'line'; text: string } | { kind: 'interrupt'; wasEmpty: boolean } | { kind: 'end' }

/** Terminals that know these tell a pasted text from a typed one. */
const PASTE_ON = '\u001b[?2004h'
const PASTE_OFF = '\u001b[?2004l'
const MAX_HISTORY = 1000

/** What a line is read from. */
export interface InputStreams {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
}

/**
 * Lines from a terminal, with history and editing. Between two lines the terminal is as it was: Ctrl-C is a signal
 * again. A pasted text is one line, whatever is in it.
 */
export class ChatInput {
  readonly #streams: InputStreams
  readonly #lines: Interface
  readonly #early: Typed[] = []
  readonly #dumb = process.env.TERM === 'dumb'
  #waiting: ((typed: Typed) => void) | undefined
  #pasting = false
  #pasted: string[] = []
  #ended = false

  /** `history` has the newest line first. */
  constructor(history: string[], streams: InputStreams = process) {
    this.#streams = streams
    this.#lines = createInterface({
      input: streams.stdin,
      output: streams.stdout,
      terminal: true,
      history,
      historySize: MAX_HISTORY,
      removeHistoryDuplicates: true
    })
    streams.stdin.on('keypress', (_text: unknown, key: { name?: string } | undefined) => {
      if (key?.name === 'paste-start') this.#pasting = true
      if (key?.name === 'paste-end') this.#pasting = false
    })
    this.#lines.on('line', line => this.#line(line))
    this.#lines.on('SIGINT', () => this.#interrupt())
    this.#lines.on('close', () => {
      this.#ended = true
      this.#give({ kind: 'end' })
    })
    this.#rest()
  }

  /** The next thing that somebody does at the prompt. */
  async read(prompt: string): Promise<Typed> {
    const early = this.#early.shift()
    if (early !== undefined) return early
    if (this.#ended) return { kind: 'end' }
    const typed = new Promise<Typed>(resolve => {
      this.#waiting = resolve
    })
    this.#streams.stdin.setRawMode(true)
    if (!this.#dumb) this.#streams.stdout.write(PASTE_ON)
    this.#lines.setPrompt(prompt)
    this.#lines.prompt()
    try {
      return await typed
    } finally {
      this.#rest()
    }
  }

  /** Takes a Ctrl-C that came as a signal, between two lines. Returns whether it is the first that waits to be seen. */
  interrupt(): boolean {
    const isFirst = !this.#early.some(({ kind }) => kind === 'interrupt')
    this.#give({ kind: 'interrupt', wasEmpty: true })
    return isFirst
  }

  /** Ends a wait as Ctrl-D does. Gives the terminal back for good. */
  close(): void {
    if (!this.#ended) this.#lines.close()
  }

  #rest(): void {
    if (this.#ended) return
    this.#lines.pause()
    if (!this.#dumb) this.#streams.stdout.write(PASTE_OFF)
    this.#streams.stdin.setRawMode(false)
  }

  #line(line: string): void {
    this.#pasted.push(line)
    if (this.#pasting) return
    const text = this.#pasted.join('\n')
    this.#pasted = []
    this.#give({ kind: 'line', text })
  }

  #interrupt(): void {
    const wasEmpty = this.#lines.line === '' && this.#pasted.length === 0
    this.#pasted = []
    this.#lines.write(null, { ctrl: true, name: 'e' })
    this.#lines.write(null, { ctrl: true, name: 'u' })
    this.#streams.stdout.write('\n')
    this.#give({ kind: 'interrupt', wasEmpty })
  }

  #give(typed: Typed): void {
    const give = this.#waiting
    this.#waiting = undefined
    if (give !== undefined) give(typed)
    else this.#early.push(typed)
  }
}
