import type { AdvertisedModel } from '../interface/index.ts'
import { RecentMap } from './recent-map.ts'

/** Pauses of one kind: the first one, doubled with every failure up to the longest. */
interface Pauses {
  firstMs: number
  longestMs: number
}

/** Of a peer that is not reached, goes silent or lies, as in `routing.md` 3.5. */
const STRUCK: Pauses = { firstMs: 60_000, longestMs: 30 * 60_000 }
/** Of a peer that lives and answers, but not with what it advertised. */
const RESTING: Pauses = { firstMs: 5_000, longestMs: 5 * 60_000 }
/** A restart ends a pause this often at most, or a peer would draw a new boot nonce after every failure. */
const RESTART_EVERY_MS = 30_000
const MAX_SUSPECTS = 1_000

interface Suspect {
  strikes: number
  struckUntilMs: number
  slips: number
  restUntilMs: number
  failedAtMs: number
  restartedAtMs: number
  bootNonce: number | undefined
  models: readonly AdvertisedModel[]
}

/** What is known of the start of a peer that failed, from its advert. */
export interface FailedStart {
  /** To know it again after a restart. */
  bootNonce: number
  /** To say later who would have served a model. */
  models: readonly AdvertisedModel[]
}

/** Peers that were found lying, whatever else they do. */
export interface Breaches {
  /** For how long the peer must not be asked; 0 when it may be. */
  pauseMs(peerId: string): number
  /** Whether the peer should be asked only when nobody else is left. */
  isLast(peerId: string): boolean
}

const NO_BREACHES: Breaches = { pauseMs: () => 0, isLast: () => false }

/** A peer that is left out, and since and until when. */
export interface LeftOut {
  peerId: string
  failedAgoMs: number
  pauseMs: number
}

/**
 * Peers that failed a request. One that was struck is not asked again for a while, whatever it advertises; one that
 * rests is asked only when nobody else is left.
 */
export class Suspects {
  readonly #suspects = new RecentMap<string, Suspect>(MAX_SUSPECTS)
  readonly #now: () => number
  readonly #breaches: Breaches

  /** `now` is a monotonic clock. */
  constructor(now: () => number = () => performance.now(), breaches: Breaches = NO_BREACHES) {
    this.#now = now
    this.#breaches = breaches
  }

  /** The peer failed in a way that only a dead or a dishonest one does. */
  strike(peerId: string, start: FailedStart | undefined): void {
    const suspect = this.#failed(peerId, start)
    suspect.struckUntilMs = this.#now() + pauseAfter(++suspect.strikes, STRUCK)
  }

  /** The peer failed in a way that honest ones do at times. */
  rest(peerId: string, start: FailedStart | undefined): void {
    const suspect = this.#failed(peerId, start)
    suspect.restUntilMs = this.#now() + pauseAfter(++suspect.slips, RESTING)
  }

  /** Whether the peer must not be asked now. */
  has(peerId: string): boolean {
    return this.#struckMs(peerId) > 0
  }

  /** Whether the peer should be asked only when nobody else is left. */
  isResting(peerId: string): boolean {
    return (this.#suspects.get(peerId)?.restUntilMs ?? 0) > this.#now() || this.#breaches.isLast(peerId)
  }

  /** How long the peer is passed over; 0 when it is not. */
  pauseMs(peerId: string): number {
    const restMs = (this.#suspects.get(peerId)?.restUntilMs ?? 0) - this.#now()
    return Math.max(0, this.#struckMs(peerId), restMs)
  }

  /** Struck peers that served, when they failed, a model that `isWanted`. */
  leftOut(isWanted: (model: AdvertisedModel) => boolean): LeftOut[] {
    const now = this.#now()
    return [...this.#suspects.entries()]
      .filter(([peerId, suspect]) => this.has(peerId) && suspect.models.some(isWanted))
      .map(([peerId, { failedAtMs }]) => ({ peerId, failedAgoMs: now - failedAtMs, pauseMs: this.#struckMs(peerId) }))
  }

  /** The peer answered, so its record is clean. */
  clear(peerId: string): void {
    this.#suspects.delete(peerId)
  }

  /**
   * The peer told of a start over its own connection: after a restart it may be asked at once. What it did is not
   * forgotten, so that the next failure costs more.
   */
  restarted(peerId: string, bootNonce: number): void {
    const suspect = this.#suspects.get(peerId)
    if (suspect?.bootNonce === undefined || suspect.bootNonce === bootNonce) return
    const now = this.#now()
    if (now - suspect.restartedAtMs < RESTART_EVERY_MS) return
    Object.assign(suspect, { bootNonce, restartedAtMs: now, struckUntilMs: 0, restUntilMs: 0 })
  }

  #struckMs(peerId: string): number {
    const struckMs = (this.#suspects.get(peerId)?.struckUntilMs ?? 0) - this.#now()
    return Math.max(0, struckMs, this.#breaches.pauseMs(peerId))
  }

  #failed(peerId: string, start: FailedStart | undefined): Suspect {
    const earlier = this.#suspects.get(peerId)
    const suspect: Suspect = {
      strikes: 0,
      struckUntilMs: 0,
      slips: 0,
      restUntilMs: 0,
      restartedAtMs: Number.NEGATIVE_INFINITY,
      bootNonce: undefined,
      models: [],
      ...earlier,
      failedAtMs: this.#now(),
      // Its advert is gone after a strike; the start that failed is still the same.
      ...(start && { bootNonce: start.bootNonce, models: start.models })
    }
    this.#suspects.set(peerId, suspect)
    return suspect
  }
}

function pauseAfter(failures: number, { firstMs, longestMs }: Pauses): number {
  return Math.min(longestMs, firstMs * 2 ** (failures - 1))
}
