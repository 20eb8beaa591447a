import type { PullProgress } from '../../index.ts'
import { duration, size } from '../output/units.ts'

const REDRAW_MS = 200
const BAR_COLUMNS = 24
/** The rate is that of the last seconds: what came long ago says nothing about when it ends. */
const RATE_WINDOW_MS = 5000

/** Where a bar is drawn. */
export interface BarStream {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

/** One line that shows how far a download is; draws only on a terminal. */
export class PullBar {
  readonly #stream: BarStream
  readonly #now: () => number
  #drawnAtMs = Number.NEGATIVE_INFINITY
  #drawn = false
  #phase = ''
  #samples: { atMs: number; bytes: number }[] = []

  constructor(stream: BarStream, now: () => number = () => performance.now()) {
    this.#stream = stream
    this.#now = now
  }

  /** Draws, unless it was drawn a moment ago. */
  show(progress: PullProgress): void {
    if (this.#stream.isTTY !== true) return
    const atMs = this.#now()
    if (progress.phase !== this.#phase) this.#samples = []
    const due = progress.phase !== this.#phase || atMs - this.#drawnAtMs >= REDRAW_MS
    if (!due) return
    this.#phase = progress.phase
    this.#samples.push({ atMs, bytes: progress.doneBytes })
    while (this.#samples.length > 2 && atMs - (this.#samples[0]?.atMs ?? atMs) > RATE_WINDOW_MS) this.#samples.shift()
    this.#drawnAtMs = atMs
    this.#drawn = true
    this.#stream.write(`\r\u001b[K${progressLine(progress, this.#bytesPerMs(), this.#stream.columns || 80)}`)
  }

  /** Takes the line away again. */
  clear(): void {
    if (this.#drawn) this.#stream.write('\r\u001b[K')
    this.#drawn = false
  }

  #bytesPerMs(): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0
    return Math.max(0, (last.bytes - first.bytes) / (last.atMs - first.atMs))
  }
}

/** The line of a moment: bar, share, sizes, rate and time left, cut to the terminal. */
export function progressLine(
  { phase, doneBytes, totalBytes }: PullProgress,
  bytesPerMs: number,
  columns: number
): string {
  if (phase === 'waiting') return 'another process fetches this model, waiting for it …'.slice(0, columns - 1)
  const share = totalBytes > 0 ? Math.min(1, doneBytes / totalBytes) : 0
  const filled = Math.round(share * BAR_COLUMNS)
  const bar = '#'.repeat(filled) + '-'.repeat(BAR_COLUMNS - filled)
  const percent = `${Math.floor(share * 100)}%`.padStart(4)
  const rate = bytesPerMs > 0 ? `  ${size(bytesPerMs * 1000)}/s` : ''
  const left =
    bytesPerMs > 0 && doneBytes < totalBytes ? `  ${duration((totalBytes - doneBytes) / bytesPerMs)} left` : ''
  const what = phase === 'checking' ? 'checking' : 'fetching'
  const line = `${what} [${bar}]${percent}  ${size(doneBytes)} of ${size(totalBytes)}${rate}${left}`
  return line.slice(0, columns - 1)
}
