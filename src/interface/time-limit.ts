/** Longer than this a timer cannot wait. */
const MOST_MS = 2 ** 31 - 1

/** One for all: it says nothing of who waited, and an error takes longer to make than the rest of a limit. */
const IS_OVER = new DOMException('the time is over', 'TimeoutError')

/**
 * Fires after a while, as `AbortSignal.timeout`, which must not be given to `AbortSignal.any` here: what is made of one
 * is kept by Node for ever once it is given to another `AbortSignal.any`, as each room does with the signal it got.
 */
export function timeLimit(durationMs: number): AbortSignal {
  const limit = new AbortController()
  setTimeout(() => limit.abort(IS_OVER), Math.min(durationMs, MOST_MS)).unref()
  return limit.signal
}
