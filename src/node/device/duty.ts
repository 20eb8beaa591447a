/** Work is looked at over this long; the share holds for it, not for every second. */
const WINDOW_MS = 10 * 60_000
/** Work that began within this time of each other is kept as one span, so that their number is bounded. */
const SPAN_MS = 5_000
/** A node that just came up has worked for no time of a window that has not passed; one request must fit. */
const LEAST_WINDOW_MS = 60_000

/** How much of the time a machine works for others, over the last ten minutes. */
export class Duty {
  readonly #now: () => number
  readonly #startedAtMs: number
  readonly #spans: { fromMs: number; toMs: number; workedMs: number }[] = []
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
      if (--this.#running === 0) this.#keep(this.#sinceMs, this.#now())
    }
  }

  /** The share of the window in which there was work, 0 to 1. */
  get share(): number {
    const now = this.#now()
    const from = now - WINDOW_MS
    while (this.#spans[0] !== undefined && this.#spans[0].toMs <= from) this.#spans.shift()
    const open = this.#running > 0 ? [spanOf(this.#sinceMs, now)] : []
    const workedMs = [...this.#spans, ...open].reduce(
      (sum, { fromMs, toMs, workedMs }) => sum + workedMs * Math.min(1, (toMs - from) / Math.max(1, toMs - fromMs)),
      0
    )
    return workedMs / Math.max(LEAST_WINDOW_MS, Math.min(WINDOW_MS, now - this.#startedAtMs))
  }

  #keep(fromMs: number, toMs: number): void {
    const last = this.#spans.at(-1)
    if (last === undefined || fromMs - last.fromMs >= SPAN_MS) this.#spans.push(spanOf(fromMs, toMs))
    else Object.assign(last, { toMs, workedMs: last.workedMs + toMs - fromMs })
  }
}

function spanOf(fromMs: number, toMs: number): { fromMs: number; toMs: number; workedMs: number } {
  return { fromMs, toMs, workedMs: toMs - fromMs }
}
