/** Work is looked at over this long; the share holds for it, not for every second. */
const WINDOW_MS = 10 * 60_000
/** A node that just came up has worked for no time of a window that has not passed; one request must fit. */
const LEAST_WINDOW_MS = 60_000

/** How much of the time a machine works for others, over the last ten minutes. */
export class Duty {
  readonly #now: () => number
  readonly #startedAtMs: number
  readonly #spans: { fromMs: number; toMs: number }[] = []
  #running = 0
  #sinceMs = 0

  /** `now` is a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#startedAtMs = now()
  }

  /** Work begins; call what is returned when it ends, once. Overlapping work counts once. */
  begin(): () => void {
    if (this.#running++ === 0) this.#sinceMs = this.#now()
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--this.#running === 0) this.#spans.push({ fromMs: this.#sinceMs, toMs: this.#now() })
    }
  }

  /** The share of the window in which there was work, 0 to 1. */
  get share(): number {
    const now = this.#now()
    const from = now - WINDOW_MS
    while (this.#spans[0] !== undefined && this.#spans[0].toMs <= from) this.#spans.shift()
    const open = this.#running > 0 ? [{ fromMs: this.#sinceMs, toMs: now }] : []
    const workedMs = [...this.#spans, ...open].reduce(
      (sum, { fromMs, toMs }) => sum + Math.max(0, toMs - Math.max(from, fromMs)),
      0
    )
    return workedMs / Math.max(LEAST_WINDOW_MS, Math.min(WINDOW_MS, now - this.#startedAtMs))
  }
}
