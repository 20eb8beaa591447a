const QUOTES = '"""'

/** Puts a message together from lines: between `"""` and `"""`, or as long as lines end in `\`. */
export class LineAssembler {
  #lines: string[] = []
  #quoted = false
  #open = false

  /** Whether a message has begun and is not complete. */
  get open(): boolean {
    return this.#open
  }

  /** Takes the next line. Returns the message when it is complete. */
  push(line: string): string | undefined {
    let text = line
    if (!this.#open && text.trimStart().startsWith(QUOTES)) {
      this.#quoted = true
      text = text.trimStart().slice(QUOTES.length)
    }
    this.#open = true
    if (this.#quoted) {
      const end = text.trimEnd()
      if (!end.endsWith(QUOTES)) return this.#more(text)
      return this.#done(end.slice(0, -QUOTES.length))
    }
    // Two at the end are one that is meant.
    if (/(^|[^\\])(\\\\)*\\$/.test(text)) return this.#more(text.slice(0, -1))
    return this.#done(text)
  }

  /** Forgets what was begun. */
  clear(): void {
    this.#lines = []
    this.#quoted = false
    this.#open = false
  }

  #more(text: string): undefined {
    this.#lines.push(text)
  }

  #done(text: string): string {
    const message = [...this.#lines, text].join('\n')
    this.clear()
    return message
  }
}
