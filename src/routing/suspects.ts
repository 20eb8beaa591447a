import { RecentMap } from './recent-map.ts'

/** First pause of a peer that failed, as in `routing.md` 3.5; doubles with every failure. */
const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 30 * 60_000
const MAX_SUSPECTS = 1_000

interface Suspect {
  strikes: number
  untilMs: number
  bootNonce: number | undefined
}

/** Peers that failed a request, and until when they are not asked again, whatever they advertise. */
export class Suspects {
  readonly #suspects = new RecentMap<string, Suspect>(MAX_SUSPECTS)
  readonly #now: () => number

  /** `now` is a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The peer failed; `bootNonce` is the one of its advert, to know it again after a restart. */
  strike(peerId: string, bootNonce: number | undefined): void {
    const earlier = this.#suspects.get(peerId)
    const strikes = (earlier?.strikes ?? 0) + 1
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (strikes - 1))
    // Its advert is gone after the first failure; the start that failed is still the same.
    this.#suspects.set(peerId, { strikes, untilMs: this.#now() + pauseMs, bootNonce: bootNonce ?? earlier?.bootNonce })
  }

  /** Whether the peer must not be asked now. */
  has(peerId: string): boolean {
    return this.pauseMs(peerId) > 0
  }

  /** How long the peer will not be asked; 0 when it may be. */
  pauseMs(peerId: string): number {
    return Math.max(0, (this.#suspects.get(peerId)?.untilMs ?? 0) - this.#now())
  }

  /** The peer answered, so its record is clean. */
  clear(peerId: string): void {
    this.#suspects.delete(peerId)
  }

  /** The peer told of a start over its own connection: after a restart it may be asked at once. */
  restarted(peerId: string, bootNonce: number): void {
    const suspect = this.#suspects.get(peerId)
    if (suspect?.bootNonce !== undefined && suspect.bootNonce !== bootNonce) this.#suspects.delete(peerId)
  }
}
