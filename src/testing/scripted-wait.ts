import { type ProgressEvent, throwIfAborted, toP2paiError } from '../interface/index.ts'

/** What is waited for, and what is said meanwhile. */
export interface Wait {
  /** Rejects when the request is left. */
  until: Promise<void>
  progressMs: number
  progress: ProgressEvent
  /** Asked before each sign of life. */
  isSilent(): boolean
}

/** Waits, and gives a sign of life every `progressMs`. Throws what `until` rejects with. */
export async function* waitWithProgress({
  until,
  progressMs,
  progress,
  isSilent
}: Wait): AsyncGenerator<ProgressEvent> {
  const over = until.then(() => true)
  for (;;) {
    let timer: NodeJS.Timeout | undefined
    const tick = new Promise<boolean>(resolve => {
      timer = setTimeout(resolve, progressMs, false)
    })
    const isOver = await Promise.race([over, tick]).finally(() => clearTimeout(timer))
    if (isOver) return
    if (!isSilent()) yield progress
  }
}

/** Resolves after a while, or rejects with what the signal was aborted with. */
export async function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  throwIfAborted(signal)
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, durationMs)
    const stop = () => {
      clearTimeout(timer)
      reject(toP2paiError(signal.reason))
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}
