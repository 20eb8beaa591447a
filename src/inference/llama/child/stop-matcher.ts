/** What a text holds of the stop strings. */
export interface StopScan {
  /** Where a whole stop string begins; -1 when there is none. */
  matchAt: number
  /** From here on the text may be the beginning of one; the length of the text when it cannot. */
  safeLength: number
}

/** Looks for the earliest stop string, and for the earliest place where one may have begun. */
export function scanForStops(text: string, stops: readonly string[]): StopScan {
  let matchAt = -1
  for (const stop of stops) {
    const at = text.indexOf(stop)
    if (at >= 0 && (matchAt < 0 || at < matchAt)) matchAt = at
  }
  return { matchAt, safeLength: matchAt >= 0 ? matchAt : firstPartialAt(text, stops) }
}

function firstPartialAt(text: string, stops: readonly string[]): number {
  const longest = Math.max(0, ...stops.map(stop => stop.length - 1))
  for (let at = Math.max(0, text.length - longest); at < text.length; at++) {
    const rest = text.slice(at)
    if (stops.some(stop => stop.length > rest.length && stop.startsWith(rest))) return at
  }
  return text.length
}
