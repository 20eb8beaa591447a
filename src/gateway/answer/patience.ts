/** Waits that come one after the other, each for so long at most, with one timer for all of them. */
export class Patience {
  #timer: NodeJS.Timeout | undefined
  #timerMs = 0
  #isOver = true
  #ring: () => void = () => undefined

  /** From now on so long, whatever is waited for meanwhile. */
  start(waitMs: number): void {
    this.#isOver = false
    if (this.#timer !== undefined && this.#timerMs === waitMs) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#timerMs = waitMs
    this.#timer = setTimeout(() => this.#end(), waitMs)
  }

  /** What comes of it, or undefined when the time is over before. */
  async race<Value>(coming: Promise<Value>): Promise<Value | undefined> {
    if (this.#isOver) return undefined
    return await new Promise((resolve, reject) => {
      this.#ring = () => resolve(undefined)
      coming.then(resolve, reject)
    })
  }

  /** Ends the wait at once. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#end()
  }

  #end(): void {
    this.#isOver = true
    this.#ring()
  }
}
