/** Resolves `rung` with itself after its time, unless stopped. */
export class Alarm {
  readonly rung: Promise<Alarm>
  /** Whether it may ring, or has rung and was not stopped since. */
  isSet: boolean
  readonly #timer: NodeJS.Timeout | undefined

  constructor(afterMs: number | undefined) {
    const { promise, resolve } = Promise.withResolvers<Alarm>()
    this.rung = promise
    this.isSet = afterMs !== undefined
    if (afterMs !== undefined) this.#timer = setTimeout(resolve, afterMs, this)
  }

  stop(): void {
    this.isSet = false
    clearTimeout(this.#timer)
  }
}
