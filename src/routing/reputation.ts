import type { ErrorCode } from '../interface/index.ts'
import { blameForCode } from './blame.ts'
import { RecentMap } from './recent-map.ts'
import type { Breaches } from './suspects.ts'

/** Rows kept; a peer that is forgotten begins anew. As many as suspects. */
const MAX_PEERS = 1_000
/** After this long a failure counts half, as peer scores in other networks do. */
const FAILURE_HALF_LIFE_MS = 10 * 60_000
/** A peer that was found lying is not asked for this long, */
const BREACH_PAUSE_MS = 12 * 3_600_000
/** and is the last resort after it, until what it did counts less than an eighth: it halves in this time. */
const BREACH_HALF_LIFE_MS = 24 * 3_600_000
const FORGIVEN = 1 / 8
/** Jobs of a key that are checked more often, and how often, as in `routing.md` 3.7. */
const NEW_JOBS = 40
const NEW_RATE = 0.2
const RATE = 0.02
/** How much worse a peer is ranked whose requests all fail. */
const MOST_FAILURE_FACTOR = 3
/** Weight of jobs that nobody has seen: a first failure says little. */
const ASSUMED_JOBS = 3

interface Record {
  jobs: number
  /** Jobs since the key was new, or since something was found. */
  jobsOnWatch: number
  /** Both decay. */
  successes: number
  failures: number
  decayedAtMs: number
  passed: number
  failed: number
  unclear: number
  breachedAtMs: number | undefined
  breaches: number
}

/** What this node alone has found out about a peer. Nobody else's word is in it. */
export interface Conduct {
  /** Answers that came whole. */
  jobs: number
  /** Failures, each counting half after ten minutes. */
  failures: number
  /** Answers of it that others scored. */
  audits: { passed: number; failed: number; unclear: number }
  /** Found to answer or to judge with something else than it says, by two others; and how long ago the last time was. */
  breaches: number
  breachedAgoMs?: number
  /** Its place is multiplied by this: 1 is as good as a stranger, more is worse. */
  factor: number
}

/** Local reputation with decay, from what peers did for this node. Kept in memory: a new start begins without prejudice. */
export class Reputation implements Breaches {
  readonly #records = new RecentMap<string, Record>(MAX_PEERS)
  readonly #now: () => number

  /** `now` is a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** A request to the peer has ended: `ok` or the code of the error. */
  attempt(peerId: string, outcome: string): void {
    const isFailure = blameForCode(outcome as ErrorCode) !== undefined
    if (outcome !== 'ok' && !isFailure) return
    const record = this.#decayed(peerId)
    if (isFailure) record.failures++
    else {
      record.jobs++
      record.jobsOnWatch++
      record.successes++
    }
  }

  /** One answer was checked, and nobody is to be struck for it. */
  audited(peerId: string, outcome: 'passed' | 'unclear'): void {
    const record = this.#decayed(peerId)
    record[outcome]++
    // Something may be wrong, so the next jobs are looked at as those of a new key.
    if (outcome === 'unclear') record.jobsOnWatch = 0
  }

  /** Two of three say that the peer lied. */
  breach(peerId: string): void {
    const record = this.#decayed(peerId)
    record.failed++
    record.breaches++
    record.breachedAtMs = this.#now()
    record.jobsOnWatch = 0
  }

  /** Which share of the peer's answers is to be checked. */
  auditRate(peerId: string): number {
    return (this.#records.get(peerId)?.jobsOnWatch ?? 0) <= NEW_JOBS ? NEW_RATE : RATE
  }

  pauseMs(peerId: string): number {
    const breachedAgoMs = this.#breachedAgoMs(peerId)
    return breachedAgoMs === undefined ? 0 : Math.max(0, BREACH_PAUSE_MS - breachedAgoMs)
  }

  isLast(peerId: string): boolean {
    const breachedAgoMs = this.#breachedAgoMs(peerId)
    return breachedAgoMs !== undefined && 0.5 ** (breachedAgoMs / BREACH_HALF_LIFE_MS) > FORGIVEN
  }

  /** From 1 for a stranger to 3 for one that only fails. Promised times are multiplied by it. */
  factorOf(peerId: string): number {
    if (this.#records.get(peerId) === undefined) return 1
    const { failures, successes } = this.#decayed(peerId)
    return 1 + ((MOST_FAILURE_FACTOR - 1) * failures) / (failures + successes + ASSUMED_JOBS)
  }

  /** All that is known of a peer; undefined for a stranger. */
  of(peerId: string): Conduct | undefined {
    if (this.#records.get(peerId) === undefined) return undefined
    const { jobs, failures, passed, failed, unclear, breaches } = this.#decayed(peerId)
    const breachedAgoMs = this.#breachedAgoMs(peerId)
    return {
      jobs,
      failures: Math.round(100 * failures) / 100,
      audits: { passed, failed, unclear },
      breaches,
      ...(breachedAgoMs !== undefined && { breachedAgoMs: Math.round(breachedAgoMs) }),
      factor: Math.round(100 * this.factorOf(peerId)) / 100
    }
  }

  #breachedAgoMs(peerId: string): number | undefined {
    const { breachedAtMs } = this.#records.get(peerId) ?? {}
    return breachedAtMs === undefined ? undefined : this.#now() - breachedAtMs
  }

  #decayed(peerId: string): Record {
    const now = this.#now()
    const record = this.#records.get(peerId) ?? {
      jobs: 0,
      jobsOnWatch: 0,
      successes: 0,
      failures: 0,
      decayedAtMs: now,
      passed: 0,
      failed: 0,
      unclear: 0,
      breachedAtMs: undefined,
      breaches: 0
    }
    const left = 0.5 ** ((now - record.decayedAtMs) / FAILURE_HALF_LIFE_MS)
    record.failures *= left
    record.successes *= left
    record.decayedAtMs = now
    this.#records.set(peerId, record)
    return record
  }
}
