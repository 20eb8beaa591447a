/** What one running job may still cost. */
export interface Hold {
  /** So much of it was promised, and written down. */
  promised(microCredits: number): void
  /** Whether the job may come to so much in all: what is held for it, and what nobody else needs. */
  allows(microCredits: number): boolean
  /** The job is over. */
  release(): void
}

/**
 * The budget of a day, with what running jobs may cost held back, so that all of them together stay within it. All
 * amounts are micro-credits.
 */
export class Purse {
  readonly #spentToday: () => number
  readonly #onError: (error: unknown) => void
  readonly #open = new Set<{ held: number }>()
  #unwritten = 0

  constructor(spentToday: () => number, onError: (error: unknown) => void) {
    this.#spentToday = spentToday
    this.#onError = onError
  }

  /** What is spent of today's budget, or held for jobs. More than any budget when nobody can tell. */
  get gone(): number {
    return [...this.#open].reduce((sum, { held }) => sum + held, this.#unwritten + this.#written())
  }

  /** Something was promised, and could not be written down. It counts until this node stops. */
  spent(microCredits: number): void {
    this.#unwritten += microCredits
  }

  /** Holds so much of a budget back for a job. */
  hold(microCredits: number, budget: number): Hold {
    const job = { held: microCredits }
    let promised = 0
    this.#open.add(job)
    return {
      promised: more => {
        promised += more
        job.held = Math.max(0, job.held - more)
      },
      allows: total => total - promised <= job.held + Math.max(0, budget - this.gone),
      release: () => void this.#open.delete(job)
    }
  }
  #written(): number {
    try {
      return this.#spentToday()
    } catch (error) {
      this.#onError(error)
      return Number.MAX_VALUE
    }
  }
}
