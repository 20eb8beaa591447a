import { BusyError, toP2paiError } from '../interface/index.ts'

/** Slots in order of arrival, with a bound on how many wait. */
export class ScriptedSlots {
  readonly #total: number
  readonly #maxQueued: number
  readonly #onChange: () => void
  #busy = 0
  #waiting: { grant: () => void }[] = []

  constructor(init: { total: number; maxQueued: number; onChange: () => void }) {
    this.#total = init.total
    this.#maxQueued = init.maxQueued
    this.#onChange = init.onChange
  }

  get busy(): number {
    return this.#busy
  }

  get queued(): number {
    return this.#waiting.length
  }

  /** Asks for a slot; `position` is known at once. Throws `BusyError` when too many wait. */
  take(signal: AbortSignal): { position: number; granted: Promise<void>; release: () => void } {
    if (this.#busy >= this.#total && this.#waiting.length >= this.#maxQueued) {
      throw new BusyError(`${this.#waiting.length} requests are waiting`, { details: { retryAfterMs: 1000 } })
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // A reader may leave before it waits for the slot.
    promise.catch(() => undefined)
    let state: 'waiting' | 'running' | 'done' = 'waiting'
    const grant = () => {
      state = 'running'
      this.#busy++
      resolve()
      this.#onChange()
    }
    const entry = { grant }
    const leave = () => reject(toP2paiError(signal.reason))
    const release = () => {
      // Node keeps a signal made of others for as long as it is listened to.
      signal.removeEventListener('abort', leave)
      this.#waiting = this.#waiting.filter(other => other !== entry)
      if (state === 'running') this.#busy--
      state = 'done'
      if (this.#busy < this.#total) this.#waiting.shift()?.grant()
      this.#onChange()
    }
    const position = this.#busy < this.#total ? 0 : this.#waiting.length + 1
    if (position === 0) grant()
    else this.#waiting.push(entry)
    signal.addEventListener('abort', leave, { once: true })
    return { position, granted: promise, release }
  }
}
