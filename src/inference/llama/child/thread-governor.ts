import type { Calibration, ThreadTiming } from '../ipc.ts'

/** More threads must be clearly better: they also get in the way of everything else on the machine. */
const WORTHWHILE = 0.9
/** Ticks this much slower than measured mean that other work has taken the cores; threads that wait then spin. */
const COLLAPSE = 2.5
/** Weight of the newest tick. */
const NEWEST_WEIGHT = 0.2
/** How long to stay at one thread before the cores are tried again. */
const RETREAT_MS = 30_000

/**
 * Chooses the threads of each tick: what is best for one token is not what is best for a batch. Steps down to one
 * thread for a while when other work makes several threads slower than measured.
 */
export class ThreadGovernor {
  readonly #one: ThreadTiming
  readonly #all: ThreadTiming
  readonly #sequences: number
  #slowdown = 1
  #retreatUntilMs = 0

  /** Timings of each number of threads that was tried, fewest first. */
  constructor({ timings, sequences }: Calibration) {
    this.#one = best(timings, timing => timing.oneMs)
    this.#all = best(timings, timing => timing.allMs)
    this.#sequences = sequences
  }

  /** Threads for a tick with so many decoding sequences, or with a part of a prompt. */
  threadsFor(decodes: number, prefills: boolean, nowMs: number): number {
    if (nowMs < this.#retreatUntilMs) return 1
    return prefills || decodes > 1 ? this.#all.threads : this.#one.threads
  }

  /** Learns how long a tick without a prompt took. */
  record(decodes: number, threads: number, durationMs: number, nowMs: number): void {
    if (threads === 1) return
    const share = this.#sequences > 1 ? Math.min(1, (decodes - 1) / (this.#sequences - 1)) : 0
    const expectedMs = this.#one.oneMs + (this.#all.allMs - this.#one.oneMs) * share
    this.#slowdown += (durationMs / Math.max(0.1, expectedMs) - this.#slowdown) * NEWEST_WEIGHT
    if (this.#slowdown < COLLAPSE) return
    this.#slowdown = 1
    this.#retreatUntilMs = nowMs + RETREAT_MS
  }
}

function best(timings: readonly ThreadTiming[], msOf: (timing: ThreadTiming) => number): ThreadTiming {
  return timings.reduce((chosen, timing) => (msOf(timing) < msOf(chosen) * WORTHWHILE ? timing : chosen))
}
