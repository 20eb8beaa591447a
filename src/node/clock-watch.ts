import { RecentMap } from '../routing/index.ts'

/** Enough for a median that a few wrong clocks do not move. */
const MAX_PEERS = 64

/** How far this machine's clock is from those of others, as far as their adverts tell. */
export class ClockWatch {
  readonly #offsets = new RecentMap<string, number>(MAX_PEERS)
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** An advert came that its peer had signed at most `ageMs` before: what lies within that says nothing. */
  heard(peerId: string, issuedAtMs: number, ageMs: number): void {
    const offsetMs = issuedAtMs - this.#now()
    this.#offsets.set(peerId, offsetMs > 0 ? offsetMs : Math.min(0, offsetMs + ageMs))
  }

  /** Milliseconds by which the others' clocks are ahead, negative when behind: their median. Undefined without others. */
  get offsetMs(): number | undefined {
    const sorted = [...this.#offsets.entries()].map(([, offset]) => offset).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)]
  }
}
