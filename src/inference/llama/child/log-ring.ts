/** Lines kept; the cause of a failure is in the last few. */
const MAX_LINES = 40
const MAX_LINE_LENGTH = 300

/** The last lines of the native log. llama.cpp tells the cause of a failure only there. */
export class LogRing {
  readonly #lines: string[] = []

  /** Adds what the library logged. */
  push(text: string): void {
    for (const line of text.split('\n')) {
      const trimmed = line.trim()
      if (trimmed.length > 3) this.#lines.push(trimmed.slice(0, MAX_LINE_LENGTH))
    }
    this.#lines.splice(0, this.#lines.length - MAX_LINES)
  }

  /** The last line that tells of a failure; empty when there is none. */
  cause(): string {
    return this.#lines.findLast(line => /error|fail|invalid|unsupported|missing|unknown/i.test(line)) ?? ''
  }
}
