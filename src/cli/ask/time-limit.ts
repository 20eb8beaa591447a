import { DeadlineExceededError } from '../../index.ts'

/** The end of the time that `--timeout` gives an answer. */
export interface TimeLimit {
  signal: AbortSignal
  /** Lets the time run on without consequences. */
  clear(): void
}

/** Starts the clock; without seconds there is no limit. */
export function timeLimit(seconds: number | undefined): TimeLimit {
  const limit = new AbortController()
  if (seconds === undefined) return { signal: limit.signal, clear: () => undefined }
  const late = (): void => limit.abort(new DeadlineExceededError(`no whole answer within ${seconds} s`))
  const timer = setTimeout(late, seconds * 1000)
  return { signal: limit.signal, clear: () => clearTimeout(timer) }
}
