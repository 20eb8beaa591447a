import type { Calibration, ThreadTiming } from '../ipc.ts'

/** More threads must be clearly better: they also get in the way of everything else on the machine. */
const WORTHWHILE = 0.9
/** Ticks this much slower than measured mean that other work has taken the cores; threads that wait then spin. */
const COLLAPSE = 2.5
/** Weight of the newest tick. */
const NEWEST_WEIGHT = 0.2
/** How long to stay at fewer threads before more are tried again; doubled each time, because a try costs seconds. */
const FIRST_RETREAT_MS = 30_000
const MAX_RETREAT_MS = 600_000

/** What a tick does. */
export interface TickLoad {
  /** Sequences that make a token. */
  decodes: number
  /** Tokens of a prompt that are read. */
  prefillTokens: number
}

/**
 * Chooses the threads of each tick: what is best for one token is not what is best for a batch. Steps down for a
 * while when other work makes several threads slower than measured.
 */
export class ThreadGovernor {
  readonly #timings: readonly ThreadTiming[]
  readonly #sequences: number
  readonly #one: ThreadTiming
  readonly #all: ThreadTiming
  #slowdown = 1
  #mostThreads = Number.POSITIVE_INFINITY
  #retreatMs = FIRST_RETREAT_MS
  #retreatUntilMs = 0
  #share = Number.POSITIVE_INFINITY

  /** Timings of each number of threads that was tried, fewest first. */
  constructor({ timings, sequences }: Calibration) {
    this.#timings = timings
    this.#sequences = sequences
    this.#one = best(timings, timing => timing.oneMs)
    this.#all = best(timings, timing => timing.allMs)
  }

  /** Leaves room for others: of the most threads that were tried, this engine takes one part of so many. At least 1. */
  share(engines: number): void {
    const most = this.#timings.at(-1)?.threads ?? 1
    this.#share = engines <= 1 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(most / engines))
  }

  /** Threads for a tick. */
  threadsFor(load: TickLoad, nowMs: number): number {
    const wanted = Math.min(this.#best(load), this.#share)
    return nowMs < this.#retreatUntilMs ? Math.min(wanted, this.#mostThreads) : wanted
  }

  /** Learns how long a tick took. */
  record(load: TickLoad, threads: number, durationMs: number, nowMs: number): void {
    // With fewer threads than measured with, slower is no news.
    if (this.#share < this.#best(load)) return
    const fewer = this.#timings.findLast(timing => timing.threads < threads)
    if (fewer === undefined) return
    this.#slowdown += (durationMs / Math.max(0.1, this.#expectedMs(load)) - this.#slowdown) * NEWEST_WEIGHT
    if (this.#slowdown < COLLAPSE) return
    this.#slowdown = 1
    this.#mostThreads = fewer.threads
    this.#retreatUntilMs = nowMs + this.#retreatMs
    this.#retreatMs = Math.min(MAX_RETREAT_MS, this.#retreatMs * 2)
  }

  #best({ decodes, prefillTokens }: TickLoad): number {
    return prefillTokens > 0 || decodes > 1 ? this.#all.threads : this.#one.threads
  }

  #expectedMs({ decodes, prefillTokens }: TickLoad): number {
    const share = this.#sequences > 1 ? Math.max(0, Math.min(1, (decodes - 1) / (this.#sequences - 1))) : 0
    const decodeMs = decodes === 0 ? 0 : this.#one.oneMs + (this.#all.allMs - this.#one.oneMs) * share
    // A prompt was not measured; a token of it costs no more than one of a batch with the fewest threads.
    return decodeMs + (prefillTokens * (this.#timings[0]?.allMs ?? 0)) / this.#sequences
  }
}

function best(timings: readonly ThreadTiming[], msOf: (timing: ThreadTiming) => number): ThreadTiming {
  return timings.reduce((chosen, timing) => (msOf(timing) < msOf(chosen) * WORTHWHILE ? timing : chosen))
}
