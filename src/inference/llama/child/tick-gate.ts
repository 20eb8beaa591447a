/** What a sequence does in its step: eat a part of its prompt, or make one token. */
export type StepKind = 'prefill' | 'decode'

/** Who watches the ticks. */
export interface TickWatcher {
  /** A tick begins. */
  onOpen(decodes: number, prefills: boolean): void
  /** It is over. */
  onClose(decodes: number, prefills: boolean, durationMs: number): void
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
  readonly #prefills: (() => void)[] = []
  readonly #durationsMs: number[] = []
  readonly #watcher: TickWatcher | undefined
  #current = { decodes: 0, prefills: false }
  #inFlight = 0
  #scheduled = false
  #startedAtMs = 0

  constructor(watcher?: TickWatcher) {
    this.#watcher = watcher
  }

  /** Runs one step of one sequence together with the steps of the others. */
  async step<T>(kind: StepKind, run: () => Promise<T>): Promise<T> {
    await new Promise<void>(resolve => {
      if (kind === 'decode') this.#decodes.push(resolve)
      else this.#prefills.push(resolve)
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
    this.#watcher?.onClose(this.#current.decodes, this.#current.prefills, durationMs)
    this.#durationsMs.push(durationMs)
    if (this.#durationsMs.length > REMEMBERED_TICKS) this.#durationsMs.shift()
    this.#schedule()
  }

  #schedule(): void {
    if (this.#inFlight > 0 || this.#scheduled || this.#decodes.length + this.#prefills.length === 0) return
    this.#scheduled = true
    // After the microtasks: by then every sequence of the last tick has come back for its next step.
    setImmediate(() => this.#open())
  }

  /** All that decode, and one part of one prompt: a long prompt must not keep the others from their tokens. */
  #open(): void {
    this.#scheduled = false
    const released = this.#decodes
    this.#decodes = []
    const prefill = this.#prefills.shift()
    if (prefill !== undefined) released.push(prefill)
    this.#inFlight = released.length
    const prefills = prefill !== undefined
    this.#current = { decodes: released.length - (prefills ? 1 : 0), prefills }
    this.#watcher?.onOpen(this.#current.decodes, prefills)
    this.#startedAtMs = performance.now()
    for (const release of released) release()
  }
}
