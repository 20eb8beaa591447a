/** A stream is judged once, after it ran this long: the first tokens come unevenly. */
export const JUDGE_STREAM_AFTER_MS = 4_000
/** Under this share of the quoted speed a stream is slow. */
const SLOW_SHARE = 0.5
/** The others must need no more than this share of the time that is left here: a move may fail, and costs a prefill. */
const WORTH_SHARE = 0.6

/** Whether a stream runs so much slower than quoted that others should be asked. */
export function isSlowStream(observedTokensPerSecond: number, quotedTokensPerSecond: number): boolean {
  return observedTokensPerSecond < SLOW_SHARE * quotedTokensPerSecond
}

/** Whether a slow stream moves to a peer that would need `thereMs` for what takes `leftHereMs` more here. */
export function isWorthMoving(thereMs: number, leftHereMs: number): boolean {
  return thereMs <= WORTH_SHARE * leftHereMs
}
