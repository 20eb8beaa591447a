import { FairTurns } from '../../fair-turns.ts'
import type { Work } from '../../lane.ts'
import type { TickLoad } from './thread-governor.ts'

/** Who watches the ticks. */
export interface TickWatcher {
  /** A tick begins. */
  onOpen(load: TickLoad): void
  /** It is over. */
  onClose(load: TickLoad, durationMs: number): void
}

/** A part of a prompt that waits to be read; its cost is in tokens. */
interface PrefillStep extends Work {
  release: () => void
}

/** Ticks remembered for the 99th percentile. */
const REMEMBERED_TICKS = 256

/**
 * Brings the steps of all sequences into one batch. node-llama-cpp alone runs N sequences in batches of N-1, and
 * lets nobody erase while others generate; the gate holds every sequence until all of them stand at it, then lets
 * them go together. Between two ticks the context is free, so erasing, aborting and newcomers get their turn.
 */
export class TickGate {
  #decodes: (() => void)[] = []
  readonly #prefills = new FairTurns<PrefillStep>()
  readonly #durationsMs: number[] = []
  readonly #watcher: TickWatcher | undefined
  #load: TickLoad = { decodes: 0, prefillTokens: 0 }
  #inFlight = 0
  #scheduled = false
  #startedAtMs = 0

  constructor(watcher?: TickWatcher) {
    this.#watcher = watcher
  }

  /** Makes one token of one sequence, together with the steps of the others. */
  async decode<T>(run: () => Promise<T>): Promise<T> {
    return await this.#step(release => this.#decodes.push(release), run)
  }

  /** Reads a part of one prompt of a tenant, together with the steps of the others; turns are fair between tenants. */
  async prefill<T>(tokens: number, run: () => Promise<T>, tenant: string): Promise<T> {
    return await this.#step(release => this.#prefills.add({ tenant, cost: tokens, release }), run)
  }

  async #step<T>(queue: (release: () => void) => void, run: () => Promise<T>): Promise<T> {
    await new Promise<void>(resolve => {
      queue(resolve)
      this.#schedule()
    })
    try {
      return await run()
    } finally {
      this.#leave()
    }
  }

  /** How long the tick under way has been running, in milliseconds; 0 between ticks. */
  ageMs(): number {
    return this.#inFlight === 0 ? 0 : performance.now() - this.#startedAtMs
  }

  /** The 99th percentile of recent ticks, in milliseconds; 0 before the first one. */
  p99Ms(): number {
    const sorted = this.#durationsMs.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0
  }

  #leave(): void {
    if (--this.#inFlight > 0) return
    const durationMs = performance.now() - this.#startedAtMs
    this.#watcher?.onClose(this.#load, durationMs)
    this.#durationsMs.push(durationMs)
    if (this.#durationsMs.length > REMEMBERED_TICKS) this.#durationsMs.shift()
    this.#schedule()
  }

  #schedule(): void {
    if (this.#inFlight > 0 || this.#scheduled || this.#decodes.length + this.#prefills.size === 0) return
    this.#scheduled = true
    // After the microtasks: by then every sequence of the last tick has come back for its next step.
    setImmediate(() => this.#open())
  }

  /** All that decode, and one part of one prompt: a long prompt must not keep the others from their tokens. */
  #open(): void {
    this.#scheduled = false
    const released = this.#decodes
    this.#decodes = []
    this.#load = { decodes: released.length, prefillTokens: 0 }
    const prefill = this.#prefills.next()
    if (prefill !== undefined) {
      this.#prefills.settle(prefill)
      released.push(prefill.release)
      this.#load.prefillTokens = prefill.cost
    }
    this.#inFlight = released.length
    this.#watcher?.onOpen(this.#load)
    this.#startedAtMs = performance.now()
    for (const release of released) release()
  }
}
