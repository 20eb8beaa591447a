import type { Provider } from '../sim/provider.ts'

/** Tells of a provider's models in memory and of its slots, full or free: what engines announce between two adverts. */
export class StateWatch {
  readonly #provider: Provider
  readonly #listeners = new Set<() => void>()
  #said: string

  constructor(provider: Provider) {
    this.#provider = provider
    this.#said = this.#state
  }

  /** As in `InferenceEngine`. */
  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** To be called when a job has begun or ended. */
  look(): void {
    const state = this.#state
    if (state === this.#said) return
    this.#said = state
    for (const listener of this.#listeners) listener()
  }

  get #state(): string {
    const { active, device, warm } = this.#provider
    return JSON.stringify([[...warm.keys()].sort(), active.length >= device.slots])
  }
}
