/** Tokens that may be under way to a reader who does not read. Beyond it the sequence rests. */
export const MAX_UNREAD_TOKENS = 256

/** Holds a sequence back while its reader is behind. */
export class Credit {
  #unread = 0
  #wake: (() => void) | undefined

  /** Counts tokens that were sent. */
  sent(tokens: number): void {
    this.#unread += tokens
  }

  /** Counts tokens that the reader took. */
  read(tokens: number): void {
    this.#unread = Math.max(0, this.#unread - tokens)
    if (this.#unread <= MAX_UNREAD_TOKENS) this.#wake?.()
  }

  /** Resolves when there is room, or when the signal fires. */
  async room(signal: AbortSignal): Promise<void> {
    if (this.#unread <= MAX_UNREAD_TOKENS || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    signal.addEventListener('abort', this.#wake, { once: true })
    await promise
    signal.removeEventListener('abort', this.#wake)
    this.#wake = undefined
  }
}
