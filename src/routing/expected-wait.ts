import type { AnswerLengths, LengthSoFar } from './output-length.ts'

/** A request that has a slot. */
export interface RunningWork extends LengthSoFar {
  /** What is left of loading and prefill, 0 once tokens come. */
  untilFirstTokenMs: number
  /** At the speed it runs at now. */
  msPerToken: number
}

/** A request that waits for a slot, in the order of the queue. */
export interface QueuedWork extends LengthSoFar {
  /** Loading and prefill. */
  untilFirstTokenMs: number
  msPerToken: number
}

/** What a provider knows of its own work. */
export interface WorkAhead {
  slots: number
  running: readonly RunningWork[]
  queued: readonly QueuedWork[]
}

/** How long a new request would wait for a slot. */
export interface ExpectedWait {
  meanMs: number
  /** Nine of ten would wait no longer. */
  p90Ms: number
}

/** Ways that the answers ahead may go, played through one by one. */
const PLAYS = 16
/** Jobs whose lots are told apart; a provider has fewer ahead of a new one. */
const LOTS = 64

/**
 * The wait behind what is running and queued. Nobody knows when an answer ends, so it is played through: each time
 * every answer gets another share of the lengths that are still possible. With several slots the first free one comes
 * much sooner than any single answer is expected to end.
 */
export function expectedWait({ slots, running, queued }: WorkAhead, lengths: AnswerLengths): ExpectedWait {
  if (running.length + queued.length < slots) return { meanMs: 0, p90Ms: 0 }
  const waits = SHARES.map((_, play) => {
    const ends = running.map((work, job) => durationMs(work, lengths, shareOf(job, play)))
    while (ends.length < slots) ends.push(0)
    queued.forEach((work, index) => {
      const first = ends.indexOf(Math.min(...ends))
      ends[first] = ends[first]! + durationMs(work, lengths, shareOf(running.length + index, play))
    })
    return Math.min(...ends)
  }).sort((a, b) => a - b)
  const meanMs = waits.reduce((sum, wait) => sum + wait, 0) / PLAYS
  return { meanMs, p90Ms: waits[Math.ceil(0.9 * PLAYS) - 1]! }
}

function durationMs(work: RunningWork | QueuedWork, lengths: AnswerLengths, share: number): number {
  return work.untilFirstTokenMs + work.msPerToken * lengths.remaining(work, share)
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
