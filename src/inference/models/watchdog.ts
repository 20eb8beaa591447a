import { DownloadError } from '../../interface/index.ts'

/** A server that sends nothing for this long is taken for gone. */
export const SILENCE_MS = 30_000

/** A signal that also aborts when nothing was heard for a while. */
export class Watchdog implements Disposable {
  readonly signal: AbortSignal
  readonly #controller = new AbortController()
  readonly #silenceMs: number
  #timer: NodeJS.Timeout

  constructor(signal: AbortSignal | undefined, silenceMs = SILENCE_MS) {
    this.#silenceMs = silenceMs
    this.signal = signal === undefined ? this.#controller.signal : AbortSignal.any([signal, this.#controller.signal])
    this.#timer = this.#start()
  }

  /** Something was heard. */
  touch(): void {
    this.#timer.refresh()
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #start(): NodeJS.Timeout {
    const seconds = Math.round(this.#silenceMs / 1000)
    return setTimeout(
      () => this.#controller.abort(new DownloadError(`the server has sent nothing for ${seconds} s`)),
      this.#silenceMs
    )
  }
}
