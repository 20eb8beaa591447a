import type { OutcomeSpread, UnderWay } from './outcome-spread.ts'

/** A request that has a slot, or waits for one. */
export interface WorkItem extends UnderWay {
  /** Loading and prefill that are still to come. */
  beforeMs: number
  /** Of one unit of what is expected: of a token, at the speed it runs at. */
  msPerUnit: number
}

/** What a provider knows of its own work. */
export interface WorkAhead {
  slots: number
  running: readonly WorkItem[]
  /** In their order. */
  queued: readonly WorkItem[]
}

/** How long a new request would wait for a slot. */
export interface ExpectedWait {
  meanMs: number
  /** Nine of ten would wait no longer. */
  p90Ms: number
}

/** Ways that the answers ahead may go, played through one by one. */
const PLAYS = 16
/** Jobs that are played through; of a longer queue the rest has its mean, as luck evens out. */
const LOTS = 32
/** So large that rounding to one unit does not matter. */
const MANY = 1_000

/**
 * The wait behind what is running and queued. Nobody knows when an answer ends, so it is played through: each time
 * every answer gets another share of the lengths that are still possible. With several slots the first free one comes
 * much sooner than any single answer is expected to end.
 */
export function expectedWait({ slots, running, queued }: WorkAhead, spread: OutcomeSpread): ExpectedWait {
  if (running.length + queued.length < slots) return { meanMs: 0, p90Ms: 0 }
  const meanRatio = queued.length > LOTS ? spread.meanRemaining({ expected: MANY }) / MANY : 0
  const rest = queued
    .slice(LOTS)
    .map(({ beforeMs, expected, msPerUnit }) => beforeMs + msPerUnit * expected * meanRatio)
  const restMs = rest.reduce((sum, durationMs) => sum + durationMs, 0) / slots
  const waits = SHARES.map((_, play) => {
    const ends = running.map((work, job) => durationMs(work, spread, shareOf(job, play)))
    while (ends.length < slots) ends.push(0)
    queued.slice(0, LOTS).forEach((work, index) => {
      const first = ends.indexOf(Math.min(...ends))
      ends[first] = ends[first]! + durationMs(work, spread, shareOf(running.length + index, play))
    })
    return Math.min(...ends) + restMs
  }).sort((a, b) => a - b)
  const meanMs = waits.reduce((sum, wait) => sum + wait, 0) / PLAYS
  return { meanMs, p90Ms: waits[Math.ceil(0.9 * PLAYS) - 1]! }
}

function durationMs(work: WorkItem, spread: OutcomeSpread, share: number): number {
  return work.beforeMs + work.msPerUnit * spread.remaining(work, share)
}

/** Each job goes through all shares, in an order of its own: always the same one, so that a wait can be told again. */
const SHARES = Array.from({ length: PLAYS }, (_, play) => (play + 0.5) / PLAYS)
const ORDERS = Array.from({ length: LOTS }, (_, job) => shuffledShares(job))

function shareOf(job: number, play: number): number {
  return ORDERS[job % LOTS]![play]!
}

function shuffledShares(job: number): number[] {
  const key = (play: number) => Math.imul((job + 1) * 0x9e3779b1, (play + 1) * 0x85ebca6b) >>> 0
  return SHARES.map((share, play) => ({ share, key: hash(key(play)) }))
    .sort((a, b) => a.key - b.key)
    .map(({ share }) => share)
}

function hash(value: number): number {
  const bits = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d)
  return (bits ^ (bits >>> 13)) >>> 0
}
