import { EventQueue } from '../sim/event-queue.ts'

/** The simulator's clock and queue, with the time of this machine. */
export class RealTime extends EventQueue {
  readonly #startedAtMs = performance.now()
  readonly #timers = new Set<NodeJS.Timeout>()
  #isOver = false

  override get nowMs(): number {
    return performance.now() - this.#startedAtMs
  }

  override after(delayMs: number, callback: () => void): void {
    if (this.#isOver) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      callback()
    }, delayMs)
    this.#timers.add(timer)
  }

  override at(timeMs: number, callback: () => void): void {
    this.after(Math.max(0, timeMs - this.nowMs), callback)
  }

  /** Nothing happens any more. */
  stop(): void {
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
