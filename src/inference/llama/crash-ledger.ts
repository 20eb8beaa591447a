/** Crashes are counted over this long. */
export const CRASH_WINDOW_MS = 10 * 60_000
/** So many different requests that crash a model prove that it is the model. */
export const CRASHES_TO_QUARANTINE = 3
/** The same request may have been hit by another one's crash once, but not twice. */
const CRASHES_TO_REFUSE = 2
const FIRST_DELAY_MS = 1000
const MAX_DELAY_MS = 60_000
const MAX_REMEMBERED = 64

/** What follows from a crash. */
export interface CrashVerdict {
  quarantine: boolean
  /** When to start again. The first time at once: most crashes come alone. */
  delayMs: number
}

/** Remembers crashes of one model and who was served at the time. Requests are known by hash only. */
export class CrashLedger {
  #crashes: { atMs: number; requests: string[] }[] = []

  /** Adds a crash. `requests` are hashes of what was being answered; none when the engine was idle. */
  record(requests: readonly string[], nowMs: number): CrashVerdict {
    const recent = this.#crashes.filter(crash => nowMs - crash.atMs < CRASH_WINDOW_MS)
    this.#crashes = [...recent, { atMs: nowMs, requests: [...new Set(requests)] }].slice(-MAX_REMEMBERED)
    const earlier = this.#crashes.length - 1
    return {
      quarantine: this.#distinctCrashes() >= CRASHES_TO_QUARANTINE,
      delayMs: earlier === 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (earlier - 1))
    }
  }

  /** Whether nothing crashed lately, so that no request needs to be hashed. */
  get empty(): boolean {
    return this.#crashes.length === 0
  }

  /** Whether a request was there at two crashes, so that it is not tried on this engine again. */
  blames(request: string, nowMs: number): boolean {
    const crashes = this.#crashes.filter(
      crash => nowMs - crash.atMs < CRASH_WINDOW_MS && crash.requests.includes(request)
    )
    return crashes.length >= CRASHES_TO_REFUSE
  }

  /** Crashes with a request of their own: one poisonous prompt, sent three times, must not take a model away. */
  #distinctCrashes(): number {
    const used = new Set<string>()
    let count = 0
    for (const { requests } of this.#crashes) {
      const fresh = requests.find(request => !used.has(request))
      if (fresh === undefined) continue
      used.add(fresh)
      count++
    }
    return count
  }
}
