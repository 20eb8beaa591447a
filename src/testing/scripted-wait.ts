import { type ProgressEvent, throwIfAborted, toP2paiError } from '../interface/index.ts'

/** What is waited for, and what is said meanwhile. */
export interface Wait {
  until: Promise<void>
  signal: AbortSignal
  progressMs: number
  progress: ProgressEvent
  /** Asked before each sign of life. */
  isSilent(): boolean
}

/** Waits, and gives a sign of life every `progressMs`. Throws what the signal was aborted with. */
export async function* waitWithProgress(wait: Wait): AsyncGenerator<ProgressEvent> {
  const { signal, progressMs, progress, isSilent } = wait
  const over = wait.until.then(() => true)
  for (;;) {
    const tick = new AbortController()
    const pause = sleep(progressMs, AbortSignal.any([signal, tick.signal])).then(
      () => false,
      () => false
    )
    const finished = await Promise.race([over, pause])
    tick.abort()
    throwIfAborted(signal)
    if (finished) return
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
