import { InvalidRequestError } from './errors.ts'

/** How far a download is. */
export interface PullProgress {
  /** `waiting`: another process fetches the same file. */
  phase: 'waiting' | 'fetching' | 'checking'
  /** Done in this phase, what an earlier try left included. */
  doneBytes: number
  totalBytes: number
  /** SHA-256 that the file must have, 64 hex digits; absent where nobody says, and while another process fetches. */
  digest?: string
}

/** Hears of progress, at most once a piece. Must not throw. */
export type OnPullProgress = (progress: PullProgress) => void

/** How to get a model. */
export interface PullOptions {
  onProgress?: OnPullProgress
  /** Ends the download when nobody else waits for it; what was fetched is kept for the next try. */
  signal?: AbortSignal
}

/** A model of this machine, as the one who changed it needs it. */
export interface ManagedModel {
  name: string
  digest: string
  sizeBytes: number
}

/** The models of a running daemon: what is on its disk, and what is in its memory. */
export interface ModelControl {
  /**
   * Gets a model, as `p2pai models pull` does. It can be asked when this resolves, unless the daemon serves named
   * models alone. Throws `ModelNotFoundError`, `InvalidRequestError`, `RefusedError` for a gated one, `DownloadError`,
   * `DiskFullError`, `BadModelError` or `AbortedError`.
   */
  pull(wanted: string, options?: PullOptions): Promise<ManagedModel>
  /** Removes an installed model; it is served no more when this resolves. Throws `ModelNotFoundError` or `InvalidRequestError`. */
  remove(wanted: string): Promise<ManagedModel>
  /** Frees the memory of a model until it is asked again. Throws `ModelNotFoundError`, or `BusyError` while it works. */
  unload(wanted: string): Promise<ManagedModel>
  /** Looks for models that another process has installed or removed. */
  refresh(): Promise<void>
}

const UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const PARTS = /(\d+(?:\.\d+)?)(ms|s|m|h)/gy
/** Timers of Node.js end here, about 24 days; a longer time is for ever. */
const MAX_KEEP_ALIVE_MS = 2 ** 31 - 1

/**
 * How long an idle model stays in memory, in milliseconds, as ollama's users write it: `5m`, `1h30m`, `300` seconds,
 * 0 for not at all, and a negative number or `forever` for ever, which is `Infinity`. Throws `InvalidRequestError`.
 */
export function parseKeepAlive(value: string | number): number {
  const text = String(value).trim().toLowerCase()
  if (text === 'forever' || /^-\d/.test(text)) return Number.POSITIVE_INFINITY
  const durationMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : sumOfParts(text)
  if (durationMs !== undefined) return durationMs > MAX_KEEP_ALIVE_MS ? Number.POSITIVE_INFINITY : durationMs
  throw new InvalidRequestError(
    `${JSON.stringify(text.slice(0, 40))} is no duration; write 10m, 300 for seconds, 0, or -1 for ever`,
    { details: { field: 'keep_alive' } }
  )
}

function sumOfParts(text: string): number | undefined {
  let sumMs = 0
  let at = 0
  for (const [part, amount, unit] of text.matchAll(PARTS)) {
    sumMs += Number(amount) * (UNITS_MS[unit!] ?? 0)
    at += part.length
  }
  return at > 0 && at === text.length ? sumMs : undefined
}
