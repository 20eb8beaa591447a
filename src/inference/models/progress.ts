/** How far a download is. */
export interface PullProgress {
  /** `waiting`: another process fetches the same file. */
  phase: 'waiting' | 'fetching' | 'checking'
  /** Done in this phase, what an earlier try left included. */
  doneBytes: number
  totalBytes: number
}

/** Hears of progress, at most once a piece. */
export type OnPullProgress = (progress: PullProgress) => void
