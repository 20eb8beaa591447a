/** Waits that come one after the other, each for so long at most, with one timer for all of them. */
export class Patience {
  #timer: NodeJS.Timeout | undefined
  #timerMs = 0
  #ring: () => void = () => undefined

  /** What comes of it, or undefined when that takes longer. */
  async within<Value>(waitMs: number, coming: Promise<Value>): Promise<Value | undefined> {
    return await new Promise((resolve, reject) => {
      this.#ring = () => resolve(undefined)
      this.#start(waitMs)
      coming.then(resolve, reject)
    })
  }

  /** Nothing is waited for any more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #start(waitMs: number): void {
    if (this.#timer !== undefined && this.#timerMs === waitMs) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#timerMs = waitMs
    this.#timer = setTimeout(() => this.#ring(), waitMs)
  }
}
