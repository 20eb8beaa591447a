import type { Terminal } from './terminal.ts'

/** What comes sooner needs no sign that it is coming. */
const QUIET_MS = 400

/** A sign of life on stderr while there is nothing to read yet; only where somebody looks at it. */
export class Waiting {
  readonly #watched: boolean
  #text = ''
  #timer: NodeJS.Timeout | undefined
  #spinner: { text: string; stop(): unknown } | undefined

  constructor(terminal: Terminal) {
    this.#watched = terminal.notesWatched && process.stderr.isTTY === true && process.env.TERM !== 'dumb'
  }

  /** Says what is waited for. */
  say(text: string): void {
    this.#text = text
    if (this.#spinner !== undefined) this.#spinner.text = text
    else if (this.#watched) this.#timer ??= setTimeout(() => void this.#spin(), QUIET_MS)
  }

  /** Takes the sign away; must come before anything else is written. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#spinner?.stop()
    this.#spinner = undefined
  }

  async #spin(): Promise<void> {
    const timer = this.#timer
    const { default: spinner } = await import('yocto-spinner')
    // What was waited for may have come while the library was loaded.
    if (timer !== this.#timer || timer === undefined) return
    this.#spinner = spinner({ text: this.#text, stream: process.stderr, handleSignals: false }).start()
  }
}
