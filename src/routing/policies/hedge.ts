/** No hedge before this: cancelling takes about as long. */
const LEAST_HEDGE_DELAY_MS = 1_000
/** Slowest tenth of the asker's first tokens, as long as it has too few to tell. */
const ASSUMED_P90_MS = 15_000
/** Share of its requests that an asker may give to a second peer. */
const HEDGE_SHARE = 0.15

/** When a request that has no token yet goes to a second peer as well. */
export interface HedgeInput {
  /** What the first peer promised; absent where it was not asked. */
  quotedFirstTokenMs?: number
  /** The ninth decile of the asker's own first tokens; absent while there are too few. */
  ownP90Ms?: number
}

/** Milliseconds after the dispatch, as in `routing.md` 3.5. */
export function hedgeDelayMs({ quotedFirstTokenMs, ownP90Ms = ASSUMED_P90_MS }: HedgeInput): number {
  const late = quotedFirstTokenMs === undefined ? Number.POSITIVE_INFINITY : 2 * quotedFirstTokenMs + 1_000
  return Math.max(LEAST_HEDGE_DELAY_MS, Math.min(ownP90Ms, late))
}

/** Whether the asker's share of extra work allows one more hedge. The first request may be hedged too. */
export function mayHedge(hedges: number, requests: number): boolean {
  return hedges < Math.max(1, HEDGE_SHARE * requests)
}
