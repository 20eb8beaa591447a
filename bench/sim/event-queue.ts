/** What happens next, in simulated time: a binary heap of callbacks. */
export class EventQueue {
  readonly #times: number[] = []
  readonly #callbacks: (() => void)[] = []
  #nowMs = 0

  get nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): void {
    this.at(this.#nowMs + delayMs, callback)
  }

  at(timeMs: number, callback: () => void): void {
    let index = this.#times.length
    this.#times.push(timeMs)
    this.#callbacks.push(callback)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (this.#times[parent]! <= timeMs) break
      this.#move(parent, index)
      index = parent
    }
    this.#put(index, timeMs, callback)
  }

  /** Runs what is due until `endMs`, or until nothing is left. */
  run(endMs: number): void {
    while (this.#times.length > 0 && this.#times[0]! <= endMs) {
      this.#nowMs = this.#times[0]!
      this.#take()()
    }
  }

  #take(): () => void {
    const first = this.#callbacks[0]!
    const timeMs = this.#times.pop()!
    const callback = this.#callbacks.pop()!
    const { length } = this.#times
    if (length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= length) break
      if (child + 1 < length && this.#times[child + 1]! < this.#times[child]!) child++
      if (this.#times[child]! >= timeMs) break
      this.#move(child, index)
      index = child
    }
    this.#put(index, timeMs, callback)
    return first
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from]!
    this.#callbacks[to] = this.#callbacks[from]!
  }

  #put(index: number, timeMs: number, callback: () => void): void {
    this.#times[index] = timeMs
    this.#callbacks[index] = callback
  }
}
